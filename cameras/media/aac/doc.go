// Package aac encodes a voice of telephone bandwidth as MPEG-4 AAC-LC (ISO/IEC
// 14496-3 subpart 4), for cameras whose loudspeaker takes nothing else.
//
// It knows one kind of frame: one long window of the sine shape, each band
// scaled so that its largest coefficient fits codebook 8. The noise of each band
// so stays some 20 dB below what is said in it, and no rate has to be searched: a
// voice takes about what G.711 takes. Nothing above Bandwidth is encoded.
//
// Of what cameras send it tells how loud that is, by a Gauge, from the
// coefficients that their spectrum is made of, without turning it into samples.
package aac
