// Package detector asks a detector what is on pictures of events: a program of the house
// that recognises persons, vehicles and animals, as CodeProject.AI and DeepStack do, on a
// box with a graphics card for example. It speaks their one question over HTTP, POST
// /v1/vision/detection.
//
// A camera has a detector where its owner set one, and none else: its pictures leave the
// hub in the clear (VAULT §1.8). Whether they may is asked for each of them, of the gate
// (Config.Target); what is kept here of a camera are openers of its two newest runs.
//
// Nobody waits for a detector. Pictures that wait for their turn are few and sealed; a
// newer one of an event takes the place of the one before, what waited too long is left
// out, and a detector that does not answer is asked ever more seldom. Each is asked one
// thing at a time. What it answers is bounded in bytes, in number and in the length of
// words, and may come when the event is over.
package detector
