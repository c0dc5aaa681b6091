"""Custom resources that operators make pods of, and their fields for pull secrets."""

SECRET_FIELDS = {
    "Alertmanager": "spec.imagePullSecrets",
    "ClusterWorkflowTemplate": "spec.imagePullSecrets",
    "Cluster": "spec.imagePullSecrets",
    "CronWorkflow": "spec.workflowSpec.imagePullSecrets",
    "EventSource": "spec.template.imagePullSecrets",
    "PipelineRun": "spec.taskRunTemplate.podTemplate.imagePullSecrets",
    "Prometheus": "spec.imagePullSecrets",
    "PrometheusAgent": "spec.imagePullSecrets",
    "ScheduledSparkApplication": "spec.template.imagePullSecrets",
    "Sensor": "spec.template.imagePullSecrets",
    "SparkApplication": "spec.imagePullSecrets",
    "TaskRun": "spec.podTemplate.imagePullSecrets",
    "ThanosRuler": "spec.imagePullSecrets",
    "Workflow": "spec.imagePullSecrets",
    "WorkflowTemplate": "spec.imagePullSecrets",
}
"""By kind; CloudNativePG's `Cluster` is the only one of that name with an image."""
