"""Programs that start pods and containers: what their texts say of images."""
