// Package live shows cameras as they are now: fragmented MP4 over one WebSocket
// per page, however many tiles it has.
//
// Everything that reaches this package is sealed. Each watch has an opener of
// its own, got from the gate through the viewer's session, and opens a unit
// right before it is muxed and written to that viewer's wire. The gate is asked
// again each second; its No ends a watch, the end of the session ends the
// socket.
//
// Nothing grows with a slow client: a watch holds one unit at a time and stops
// reading while the socket does not take it, so its bounded reader drops to the
// next IDR (instantaneous decoding refresh).
//
// A voice goes the other way, over a WebSocket of its own: Sockets.Talk.
package live
