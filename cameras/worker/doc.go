// Package worker is the child process of one camera: it parses what the camera
// sends, in a cage without files, programs and keys but its run key, and sends
// the hub sealed units over a socket.
package worker
