// Package h264 reads what an H.264 camera says about its pictures without
// drawing them, and draws the ones that stand alone.
//
// A Parser takes the slices of a picture apart down to the macroblock layer
// (ITU-T H.264 clause 7.3.5) and keeps, for each macroblock, its kind, its motion
// vectors and the energy of what was coded: that is what motion is found in. A
// Decoder draws IDR pictures, bit by bit as the standard says (clause 8), for the
// thumbnails of events.
//
// Frames of 8 bit 4:2:0 are read, of every profile that codes such frames: any
// number of slices, CAVLC and CABAC, P and B, the 8x8 transform, scaling matrices.
// Refused by name are fields and macroblock-adaptive frames (interlace), slice
// groups, data partitioning, SP and SI slices, 4:0:0, 4:2:2, 4:4:4 and more than 8
// bit.
//
// A picture is drawn in full size and made smaller behind that, never while it is decoded:
// macroblocks are predicted from the samples next to them (clause 8.3), and the deblocking
// filter (8.7) works on the edges of all of them; a smaller picture has neither. What is
// drawn for motion alone leaves out chroma (Grey) and the filter (Rough) instead, of which
// nothing is predicted in luma. A picture of any size stays within 40 MiB. Without the filter
// nothing is needed of a picture but the line above a row of macroblocks, so that one that is to
// be small is drawn in strips (Strips), in the memory of one.
//
// Tests hold each input to a tenth of a second and 64 MiB (costtest), of pictures of 4,096
// macroblocks at most: what larger ones take follows their size, which is bounded by itself.
//
// All clauses and tables named here are those of ITU-T H.264 (08/2021). The bytes
// come from a camera: every length is bounded before it is used and every index is
// checked; a slice that contradicts itself is refused with ErrDamaged, and nothing
// here panics.
package h264
