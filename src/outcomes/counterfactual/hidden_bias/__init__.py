"""What a factor that nobody recorded would have to do."""
