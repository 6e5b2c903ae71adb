package worker

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"slices"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// jpegPackets are those of a picture of noise.
func jpegPackets(t testing.TB, width, height int) []*rtp.Packet {
	t.Helper()
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = byte(i * i * 37)
	}
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, img, &stdjpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	e, err := (&format.MJPEG{}).CreateEncoder()
	if err != nil {
		t.Fatal(err)
	}
	e.PayloadMaxSize = 1200
	ps, err := e.Encode(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// Pictures come whole, in the size they say; a lost packet costs one picture,
// and another size is another configuration.
func TestJPEG(t *testing.T) {
	const pictures = 6
	var units [][]*rtp.Packet
	var seq uint16
	for i := range pictures {
		ps := jpegPackets(t, 160+i/4*32, 120)
		if len(ps) < 3 {
			t.Fatalf("%d packets", len(ps))
		}
		for _, p := range number(seq, ps) {
			p.Timestamp = uint32(i * 9000)
			seq++
		}
		units = append(units, ps)
	}
	all := slices.Concat(units...)
	r := newRig(t, offer(t, &format.MJPEG{}))
	r.send(all...)
	sent := r.units()
	checkSent(t, sent)
	video, _, configs := parted(t, sent)
	if len(video) != pictures || len(configs) != 2 || configs[1].Tracks[0].Width != 192 || configs[0].Tracks[0].Height != 120 {
		t.Fatalf("%d pictures, %+v", len(video), configs)
	}
	if c := configs[0].Tracks[0]; c.Codec != media.MJPEG || c.MIME != "mp4v.6C" || len(c.Config) != 0 || c.ClockRate != 90_000 {
		t.Errorf("%+v", c)
	}
	for i, u := range video {
		img, err := stdjpeg.Decode(bytes.NewReader(u.Data))
		if err != nil {
			t.Fatalf("picture %d: %v", i, err)
		}
		if got := color.GrayModel.Convert(img.At(10, 10)); got == (color.Gray{}) && img.Bounds().Dx() == 0 {
			t.Errorf("picture %d is empty", i)
		}
		if want := int64(i * 9000); u.PTS-video[0].PTS != want || !u.Sync || u.DTS != u.PTS {
			t.Errorf("picture %d at %d", i, u.PTS-video[0].PTS)
		}
	}
	for lost := 1; lost < len(all)-1; lost++ {
		r := newRig(t, offer(t, &format.MJPEG{}))
		r.send(all[:lost]...)
		r.send(all[lost+1:]...)
		var want []int
		for i := range pictures {
			if i != int(all[lost].Timestamp/9000) {
				want = append(want, i)
			}
		}
		if want[0] != 0 {
			for i := range want {
				want[i]--
			}
		}
		if got := shown(t, r); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("without packet %d: %v, want %v", lost, got, want)
		}
	}
}
