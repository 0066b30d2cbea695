"""What is typed for the smallest training that several tests do."""

TINY = (
    *("--phantoms", "8", "--image-size", "64", "128", "--batch-size", "4", "--fractions", "0.5", "0.25", "0.25"),
    *("--backbone", "resnet18", "--encoder-weights", "none", "--epochs", "1"),
)
