// Package sound finds what is loud at a camera: by how much its sound rises over what is
// usual there, whatever it is.
//
// A gauge turns frames into levels: Octets for G.711, Samples for samples of 16 bits and for
// Opus, which is decoded, and aac.Gauge for AAC. All of them leave out what lies below some
// 200 Hz, where mains hum and wind are. A Listener takes the levels, in windows of 50 ms, and
// tells what is loud from when to when.
//
// The floor is the level that a quarter of the last minute stays below. A sound begins
// where the level is Over above that, and Over above the last second and a half, so that
// rain which sets in, a car that comes nearer and a gain that creeps up are none. It must
// also be half of Over above what three quarters of the last minute, or of the last five,
// stay below: in a place with many loud moments, such as one in gusts of wind, none of them
// stands out. Five, so that a child that cries may rest and cry again. It lasts as long as
// the level is above the floor alone. What goes on without a pause is usual after three
// quarters of a minute, and ends there.
package sound
