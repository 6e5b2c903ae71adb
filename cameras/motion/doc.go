// Package motion finds what moves in the H.264 stream of a camera.
//
// Two things are looked at. Stills are the pictures that stand alone, one every second
// or few: they are drawn, and compared by blocks with what the place usually looks like
// and with the still before. A block counts as changed where what it shows cannot be
// explained by other light (brightness and contrast), by more than it usually changes; so
// leaves, noise and the clock that the camera writes into the picture are learnt, and a
// lamp that is switched on changes nothing. What is large enough, hangs together and
// differs from both moves, but for the minutes and hours of a clock, which change too rarely
// to be learnt: they stand in line with its seconds. Looks are the energies that the encoder spent on the
// macroblocks of some of the pictures between, which are not drawn: they say when, between
// two stills, the motion began and ended, and find what came and went between them if it
// was much more than usual.
//
// Where stills are rare, every three seconds or more, most of what there is to know is in the
// looks. Those of which one soon behind the other shows more than usual are a chain: what a
// still shows began and ended with the chain that it belongs to, so that a look or two may
// miss it; a chain that holds enough much more than usual counts by itself, also beside what
// a still shows; and where looks see what both stills show, but nothing for seconds between,
// it was gone in between. Tracks stand in for stills: active cells that hang together and are
// found again, look after look, further on in one direction. Noise and light go nowhere.
//
// A look is blind where most of the picture changes and nothing stands out from that: other
// light, or what the encoder had saved up. It shows nothing, and where stills are rare it
// ends nothing.
//
// What stirs in many small parts, none of which is much of it, is noise, whose rate an encoder
// moves about the picture: it does not count without a still, however much of it there is.
//
// A camera that is covered, black or turned shows stills that are sharp elsewhere than its
// place is, or nowhere: that is told by itself (see Tamper). When it shows its place again,
// that is no motion, and what was usual before is so again.
//
// Pictures between two stills wait for the second one. Where both show motion none of them
// is taken apart, where neither does every third, and all only where it began or ended,
// where a sample may be of something that came and went, or where stills are rare.
//
// What moves between two stills is known only at the second one, or after eleven seconds: an
// event is found as late as the camera sends its next still, and begins where its motion
// did.
//
// Whole numbers only, so that every machine finds the same.
package motion
