"""What registries allow: read from their answers, accounted for, asked beforehand."""
