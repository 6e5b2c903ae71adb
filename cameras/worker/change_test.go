package worker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"lares/cameras/media"
)

// groups are an encoder's options for groups of 10 pictures with B pictures.
func groups(codec media.Codec, more string) []string {
	params := map[media.Codec]string{media.H264: "-x264-params", media.H265: "-x265-params"}[codec]
	return []string{"-g", "10", params, "log-level=none:bframes=2:b-adapt=0:keyint=10:min-keyint=10:scenecut=0" + more}
}

// Parameter sets only in the description, and only in band before the first
// picture.
func TestPlacesOfParameterSets(t *testing.T) {
	both(t, func(t *testing.T, codec media.Codec) {
		f := film(t, codec, "320x180", 30, groups(codec, "")...)
		want := sums(t, codec, f.stream())
		var sets [][]byte
		bare := &footage{codec: codec, pts: f.pts}
		for i, u := range f.units {
			var rest [][]byte
			for _, n := range u {
				if !f.isSet(n) {
					rest = append(rest, n)
				} else if i == 0 {
					sets = append(sets, n)
				}
			}
			bare.units = append(bare.units, rest)
		}
		var described format.Format = &format.H264{PayloadTyp: 96, PacketizationMode: 1, SPS: sets[0], PPS: sets[1]}
		if codec == media.H265 {
			described = &format.H265{PayloadTyp: 96, VPS: sets[0], SPS: sets[1], PPS: sets[2]}
		}
		first := &footage{codec: codec, pts: f.pts, units: slices.Clone(bare.units)}
		first.units[0] = f.units[0]
		for name, c := range map[string]struct {
			described format.Format
			f         *footage
			pictures  int
		}{
			"in the description":          {described, bare, 30},
			"in both":                     {described, f, 30},
			"in band, once":               {formatOf(codec), first, 30},
			"nowhere":                     {formatOf(codec), bare, 0},
			"in band after the beginning": {formatOf(codec), &footage{codec: codec, pts: f.pts[5:], units: f.units[5:]}, 20},
		} {
			r := newRig(t, offer(t, c.described))
			r.play(c.f.packets(t, 1200))
			all := r.units()
			checkSent(t, all)
			video, _, configs := parted(t, all)
			if len(video) != c.pictures || len(configs) > 1 {
				t.Errorf("%s: %d pictures, %d configurations", name, len(video), len(configs))
				continue
			}
			if c.pictures > 0 {
				if got := sums(t, codec, byteStream(t, all)); fmt.Sprint(got) != fmt.Sprint(want[30-c.pictures:]) {
					t.Errorf("%s: other pictures came out", name)
				}
			}
		}
	})
}

// Another size every group: the configuration comes before the picture, and
// nothing is lost.
func TestChangeOfSize(t *testing.T) {
	both(t, func(t *testing.T, codec media.Codec) {
		films := []*footage{film(t, codec, "320x180", 20, groups(codec, "")...), film(t, codec, "426x240", 20, groups(codec, "")...)}
		r := newRig(t, offer(t, formatOf(codec)))
		var seq uint16
		var at uint32
		const changes = 6
		for i := range changes {
			for j, ps := range films[i%2].packets(t, 1200) {
				r.now += time.Second / 15
				for _, p := range number(seq, ps) {
					p.Timestamp = at + films[i%2].pts[j]
					seq++
				}
				r.send(ps...)
			}
			at += 20 * 6000
		}
		all := r.units()
		checkSent(t, all)
		video, _, configs := parted(t, all)
		if len(video) != changes*20 || len(configs) != changes {
			t.Fatalf("%d pictures, %d configurations", len(video), len(configs))
		}
		for i, c := range configs {
			if v, _ := c.Video(); v.Width != []uint16{320, 426}[i%2] {
				t.Errorf("configuration %d is %d wide", i, v.Width)
			}
		}
		// Each part decodes alone.
		var part []media.AccessUnit
		for i, u := range append(all, media.AccessUnit{Type: media.UnitConfig}) {
			if u.Type == media.UnitConfig && i > 0 {
				if got := sums(t, codec, byteStream(t, part)); len(got) != 20 {
					t.Errorf("a part of %d pictures", len(got))
				}
				part = nil
			}
			part = append(part, u)
		}
	})
}

// A picture parameter set that changes within a group costs the rest of the
// group, not the recording.
func TestChangeWithinGroup(t *testing.T) {
	units, _ := scene(t, media.H264)
	pps := append(unhex(t, ppsHD), 0x80)
	changed := packets(0, 2*9000, pps, slice(nalSlice, true, "x"))
	r := newRig(t, offer(t, formatOf(media.H264)))
	r.send(number(0, slices.Concat(units[0], units[1], changed, units[3], units[4]))...)
	if got := fmt.Sprint(shown(t, r)); got != "[0 1 3 4]" {
		t.Error(got)
	}
}

// Pictures of a group that refer to the one before are left out where that one
// did not come: at the start and after a loss. All others come, and decode.
func TestOpenGroups(t *testing.T) {
	f := film(t, media.H265, "320x180", 60, "-x265-params", "log-level=none:bframes=3:b-adapt=0:keyint=10:min-keyint=5:open-gop=1")
	kind := func(u [][]byte) byte {
		for _, n := range u {
			if hevcType(n) <= hevcLastSlice {
				return hevcType(n)
			}
		}
		return 99
	}
	var starts []int
	rasl := 0
	for i, u := range f.units {
		switch k := kind(u); {
		case k == hevcCRA:
			starts = append(starts, i)
		case k == hevcRASLN || k == hevcRASLR:
			rasl++
		}
	}
	if len(starts) < 3 || rasl == 0 {
		t.Skipf("skipped: this encoder made %d open groups", len(starts))
	}
	all := f.packets(t, 1000)
	for name, c := range map[string]struct{ first, lost int }{
		"joined":          {starts[0] - 3, -1},
		"lost before":     {0, starts[1] - 2},
		"lost long since": {0, starts[1] - 8},
	} {
		r := newRig(t, offer(t, formatOf(media.H265)))
		var packets []*rtp.Packet
		for i := c.first; i < len(all); i++ {
			if i == c.lost {
				packets = append(packets, all[i][1:]...)
			} else {
				packets = append(packets, all[i]...)
			}
		}
		r.send(packets...)
		sent := r.units()
		checkSent(t, sent)
		video, _, _ := parted(t, sent)
		decoded := sums(t, media.H265, byteStream(t, sent))
		if len(video) < 30 || len(decoded) != len(video) {
			t.Errorf("%s: %d pictures came, %d of them decode", name, len(video), len(decoded))
		}
	}
}

// Of a stream that loses packets come pictures that decode without an error.
func TestLossyStreams(t *testing.T) {
	both(t, func(t *testing.T, codec media.Codec) {
		f := film(t, codec, "320x180", 120, groups(codec, ":slices=2")...)
		all := slices.Concat(f.packets(t, 500)...)
		for _, percent := range []int{1, 5, 20} {
			random := rand.New(rand.NewPCG(uint64(percent), uint64(codec)))
			r := newRig(t, offer(t, formatOf(codec)))
			lost := 0
			for _, p := range all {
				if random.IntN(100) < percent {
					lost++
					continue
				}
				r.now += 3 * time.Millisecond
				r.onVideo(p)
			}
			sent := r.units()
			checkSent(t, sent)
			video, _, _ := parted(t, sent)
			if len(video) == 0 && percent < 20 {
				t.Errorf("%d %%: no picture came", percent)
			} else if len(video) > 0 {
				if got := sums(t, codec, byteStream(t, sent)); len(got) != len(video) {
					t.Errorf("%d %%: %d pictures came, %d decode", percent, len(video), len(got))
				}
			}
			if c, _ := r.s.stats.take(); int(c.Lost) > lost || int(c.Lost) < lost-2 {
				t.Errorf("%d %%: %d packets counted as lost, %d were", percent, c.Lost, lost)
			}
			t.Logf("%d %% of %d packets lost: %d of 120 pictures came", percent, len(all), len(video))
		}
	})
}

// A camera that refreshes its pictures bit by bit is told so.
func TestIntraRefresh(t *testing.T) {
	f := film(t, media.H264, "320x180", 30, "-g", "10", "-x264-params", "intra-refresh=1:bframes=0:keyint=10")
	r := newRig(t, offer(t, formatOf(media.H264)))
	r.play((&footage{codec: f.codec, units: f.units[1:], pts: f.pts[1:]}).packets(t, 1200))
	if got := r.units(); len(got) != 0 {
		t.Fatalf("%d units", len(got))
	}
	if r.seen.Load() == 0 || !strings.Contains(r.unusable(), "bit by bit") {
		t.Errorf("seen at %d: %s", r.seen.Load(), r.unusable())
	}
}

// Real recordings of cameras, where they are at hand.
func TestFootage(t *testing.T) {
	const folder = "../../../shared/data/h264/"
	for _, name := range []string{"main_indoor.264", "main_indoor.265", "sub_indoor_cavlc.264", "sub_indoor_hevc.265", "sub_cabac_idc1.264"} {
		t.Run(name, func(t *testing.T) {
			f := footageOf(t, folder+name)
			want := sums(t, f.codec, f.stream())
			r := newRig(t, offer(t, f.format()))
			r.play(f.packets(t, 1450))
			all := r.units()
			checkSent(t, all)
			if got := sums(t, f.codec, byteStream(t, all)); len(got) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%d pictures came out, not the same as the %d that went in", len(got), len(want))
			}
		})
	}
}
