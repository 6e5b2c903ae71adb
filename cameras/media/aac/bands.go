package aac

// FrameLength is how many samples of each channel a frame holds.
const FrameLength = 1024

// Bandwidth is up to where sound is encoded, in Hz: that of sound of 8 kHz.
const Bandwidth = 4000

// layout is where the scale factor bands of long windows begin, for some rates
// (ISO/IEC 14496-3 tables 4.129 to 4.136), and of short ones.
type layout struct {
	rates  []int
	bounds []int
	shorts []int
}

var layouts = []layout{
	{[]int{48000, 44100}, []int{
		0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 88, 96, 108, 120, 132, 144, 160, 176, 196, 216, 240, 264, 292, 320,
		352, 384, 416, 448, 480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800, 832, 864, 896, 928, 1024},
		[]int{0, 4, 8, 12, 16, 20, 28, 36, 44, 56, 68, 80, 96, 112, 128}},
	{[]int{32000}, []int{
		0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 72, 80, 88, 96, 108, 120, 132, 144, 160, 176, 196, 216, 240, 264, 292, 320,
		352, 384, 416, 448, 480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800, 832, 864, 896, 928, 960, 992, 1024},
		[]int{0, 4, 8, 12, 16, 20, 28, 36, 44, 56, 68, 80, 96, 112, 128}},
	{[]int{24000, 22050}, []int{
		0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 52, 60, 68, 76, 84, 92, 100, 108, 116, 124, 136, 148, 160, 172, 188, 204, 220, 240,
		260, 284, 308, 336, 364, 396, 432, 468, 508, 552, 600, 652, 704, 768, 832, 896, 960, 1024},
		[]int{0, 4, 8, 12, 16, 20, 24, 28, 36, 44, 52, 64, 76, 92, 108, 128}},
	{[]int{16000, 12000, 11025}, []int{
		0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 100, 112, 124, 136, 148, 160, 172, 184, 196, 212, 228, 244, 260, 280, 300, 320,
		344, 368, 396, 424, 456, 492, 532, 572, 616, 664, 716, 772, 832, 896, 960, 1024},
		[]int{0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 60, 72, 88, 108, 128}},
	{[]int{8000}, []int{
		0, 12, 24, 36, 48, 60, 72, 84, 96, 108, 120, 132, 144, 156, 172, 188, 204, 220, 236, 252, 268, 288, 308, 328, 348, 372, 396, 420,
		448, 476, 508, 544, 580, 620, 664, 712, 764, 820, 880, 944, 1024},
		[]int{0, 4, 8, 12, 16, 20, 24, 28, 36, 44, 52, 60, 72, 88, 108, 128}},
}

// bandsOf gives where the bands of a rate begin, and the last ends: those that
// Bandwidth reaches into. It is nil for a rate that is not encoded.
func bandsOf(rate int) []int {
	for _, l := range layouts {
		for _, r := range l.rates {
			if r != rate {
				continue
			}
			for i, b := range l.bounds {
				if b*rate >= Bandwidth*2*FrameLength {
					return l.bounds[:i+1]
				}
			}
			return l.bounds
		}
	}
	return nil
}
