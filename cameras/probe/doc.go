// Package probe looks at one device before it is a camera: who it is, which of
// its streams to take, what is not well and could be changed. Each look is one
// caged child process of its own, which ends with it; the hub believes as little
// of what it says as of what a camera worker says.
//
// The password goes to the chosen device alone. Once it refuses, the look is
// over: devices lock people out who try too often.
package probe
