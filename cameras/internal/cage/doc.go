// Package cage is what a child process does to itself before it reads a byte of
// a device: it gives up files, programs, other users' rights and every socket
// that is not TCP or UDP. Camera worker and discovery worker share it.
package cage
