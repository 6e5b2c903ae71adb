// Package discover finds cameras on the networks this machine is on. The hub's
// side, Finder, starts a caged child for each round; the child (Main) asks by
// multicast DNS, WS-Discovery, SSDP and the broadcasts of some vendors, knocks
// at ports where that is asked for, and tells what it heard as bounded
// sightings. The hub puts sightings of one device together into a candidate.
//
// What a device says of itself is a hint, never an identity: nothing of it is
// trusted, shown as verified or kept.
package discover
