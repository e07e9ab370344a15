"""Speed and memory, each as a ratio to a named thing timed turn about in one run, since machines are busy."""
