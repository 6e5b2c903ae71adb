package fakecam

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/Eyevinn/mp4ff/mp4"
)

const (
	maxSample  = 16 << 20 // bytes of one picture
	maxSamples = 10 << 20 // of one track: four days at 30 per second
)

// errMany is of a track that is longer than is read: days of pictures, but of G.711 whose
// tables have a row for each octet, twenty minutes.
var errMany = fmt.Errorf("fakecam: a track of the file has more than %d samples, which is as many as are read", maxSamples)

var errTables = errors.New("fakecam: the file's sample tables contradict each other")

// parseClip reads the tables of an MP4 file (ISO/IEC 14496-12), not its media.
// mp4ff v0.50.0 panics on some damaged files (mp4/file.go, AddChild without
// traks): that is an error here. The file is chosen by who starts the camera,
// so nothing worse is expected of it.
func parseClip(r interface {
	io.ReadSeeker
	io.ReaderAt
}) (_ *clip, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fakecam: damaged MP4 file: %v", p)
		}
	}()
	f, err := mp4.DecodeFile(r, mp4.WithDecodeMode(mp4.DecModeLazyMdat))
	if err != nil {
		return nil, fmt.Errorf("fakecam: reading an MP4 file: %w", err)
	}
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("fakecam: reading an MP4 file: %w", err)
	}
	moov := f.Moov
	if f.IsFragmented() && f.Init != nil {
		moov = f.Init.Moov
	}
	if moov == nil {
		return nil, errNoVideo
	}
	c := &clip{}
	for _, t := range []*clipTrack{&c.video, &c.audio} {
		t.data, t.size, t.left = r, size, size
	}
	for _, trak := range moov.Traks {
		if err := c.track(f, moov, trak); err != nil {
			return nil, err
		}
	}
	if len(c.video.samples) > 0 && c.video.duration*videoClock/c.video.scale == 0 {
		return nil, errNoVideo
	}
	if c.audio.octets {
		if err := c.repack(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// track takes a track if it is the first video or sound we can play.
func (c *clip) track(f *mp4.File, moov *mp4.MoovBox, trak *mp4.TrakBox) error {
	if trak.Mdia == nil || trak.Mdia.Mdhd == nil || trak.Mdia.Minf == nil || trak.Mdia.Minf.Stbl == nil ||
		trak.Mdia.Minf.Stbl.Stsd == nil || trak.Tkhd == nil || trak.Mdia.Mdhd.Timescale == 0 {
		return nil
	}
	stsd := trak.Mdia.Minf.Stbl.Stsd
	var into *clipTrack
	if c.format.video == 0 {
		video, ok, err := videoEntry(stsd)
		if err != nil {
			return err
		}
		if ok {
			video.sound = c.format.sound
			c.format, into = video, &c.video
		}
	}
	if into == nil && c.format.sound.codec == silent {
		if sound := soundEntry(stsd); sound.codec != silent {
			c.format.sound, into = sound, &c.audio
			into.octets = sound.codec == soundALaw || sound.codec == soundULaw
		}
	}
	if into == nil {
		return nil
	}
	into.scale = int64(trak.Mdia.Mdhd.Timescale)
	var err error
	if f.IsFragmented() {
		err = into.readFragments(f, moov, trak.Tkhd.TrackID)
	} else {
		err = into.readTables(trak.Mdia.Minf.Stbl)
	}
	into.edit(moov, trak)
	return err
}

// maxEdit bounds what an edit list may move a track by.
const maxEdit = 3600 // seconds

// edit applies the edit list (§8.6.6): empty edits delay the track, the first
// other one says where in the media the presentation begins. What follows
// would be a film cut from pieces, not a recording.
func (t *clipTrack) edit(moov *mp4.MoovBox, trak *mp4.TrakBox) {
	if trak.Edts == nil || moov.Mvhd == nil || moov.Mvhd.Timescale == 0 {
		return
	}
	var shift int64
	bounded := func(v int64) int64 { return max(-maxEdit*t.scale, min(v, maxEdit*t.scale)) }
	for _, list := range trak.Edts.Elst {
		for _, e := range list.Entries {
			if e.MediaTime >= 0 {
				t.shift(shift - bounded(e.MediaTime))
				return
			}
			empty := min(e.SegmentDuration, maxEdit*uint64(moov.Mvhd.Timescale))
			shift = bounded(shift + rescale(int64(empty), int64(moov.Mvhd.Timescale), t.scale))
		}
	}
}

// shift moves all samples in time.
func (t *clipTrack) shift(by int64) {
	for i := range t.samples {
		t.samples[i].dts += by
		t.samples[i].pts += by
	}
}

// add appends a sample that lasts dur and is shown offset after its turn. One outside of
// the file is refused, and so are more than the file has bytes for: tables of a few bytes
// may tell of thousands of millions.
func (t *clipTrack) add(s clipSample, dur uint32, offset int32) error {
	size := int64(s.size)
	if s.offset < 0 || size == 0 || size > maxSample || s.offset > t.size-size || size > t.left {
		return errTables
	}
	if len(t.samples) >= maxSamples {
		return errMany
	}
	t.left -= size
	s.dts, s.dur = t.duration, dur
	s.pts = s.dts + int64(offset)
	t.samples = append(t.samples, s)
	t.duration += int64(dur)
	return nil
}

// readTables reads a progressive file's stbl (§8.5 to §8.7). Octets of sound that lie in one
// chunk, of one size for all, are one sample: there are 8000 a second.
func (t *clipTrack) readTables(b *mp4.StblBox) error {
	if b.Stts == nil || b.Stsc == nil || b.Stsz == nil || b.Stco == nil && b.Co64 == nil || len(b.Stsc.Entries) == 0 {
		return errTables
	}
	var offsets []uint64
	if b.Co64 != nil {
		offsets = b.Co64.ChunkOffset
	} else {
		for _, o := range b.Stco.ChunkOffset {
			offsets = append(offsets, uint64(o))
		}
	}
	durations, n, uniform := runs(b.Stts), int64(b.Stsz.SampleNumber), b.Stsz.SampleUniformSize
	if uniform > 0 && n > t.size/int64(uniform) {
		return errTables
	}
	join := int64(1)
	if t.octets && uniform > 0 {
		join = max(join, maxSample/int64(uniform))
	} else if n > maxSamples {
		return errMany
	}
	entries := b.Stsc.Entries
	nr, entry := int64(1), 0 // sample and stsc entry in turn
	for chunk := range offsets {
		for entry+1 < len(entries) && uint64(entries[entry+1].FirstChunk) <= uint64(chunk+1) {
			entry++
		}
		offset := offsets[chunk]
		for left := int64(entries[entry].SamplesPerChunk); left > 0 && nr <= n; {
			if nr > int64(len(b.Stsz.SampleSize)) && uniform == 0 {
				return errTables
			}
			var shift int32
			if b.Ctts != nil && nr <= int64(b.Ctts.EndSampleNr[len(b.Ctts.EndSampleNr)-1]) { // beyond, it panics
				shift = b.Ctts.GetCompositionTimeOffset(uint32(nr))
			}
			joined := min(left, n-nr+1, join)
			s := clipSample{offset: int64(offset), size: uint32(joined) * b.Stsz.GetSampleSize(int(nr))}
			if err := t.add(s, durations(uint32(joined)), shift); err != nil {
				return err
			}
			offset += uint64(s.size)
			nr, left = nr+joined, left-joined
		}
	}
	return nil
}

// runs adds up the durations of stts (§8.6.1.2) of so many samples, those in turn; it has none
// for samples beyond its own.
func runs(b *mp4.SttsBox) func(samples uint32) uint32 {
	entry, used := 0, uint32(0)
	return func(samples uint32) uint32 {
		var sum uint64
		for samples > 0 && entry < len(b.SampleTimeDelta) {
			n := min(samples, b.SampleCount[entry]-used)
			if n == 0 {
				entry, used = entry+1, 0
				continue
			}
			sum += uint64(n) * uint64(b.SampleTimeDelta[entry])
			used, samples = used+n, samples-n
		}
		return uint32(min(sum, math.MaxUint32))
	}
}

// readFragments reads the moof boxes of a fragmented file (§8.8). Gaps between
// fragments are closed; a track that begins late does so.
func (t *clipTrack) readFragments(f *mp4.File, moov *mp4.MoovBox, id uint32) error {
	var trex *mp4.TrexBox
	if moov.Mvex != nil {
		trex, _ = moov.Mvex.GetTrex(id)
	}
	var begins int64
	for _, segment := range f.Segments {
		for _, fragment := range segment.Fragments {
			if fragment.Moof == nil {
				continue
			}
			for _, traf := range fragment.Moof.Trafs {
				if traf.Tfhd == nil || traf.Tfhd.TrackID != id {
					continue
				}
				if len(t.samples) == 0 && traf.Tfdt != nil {
					begins = int64(min(traf.Tfdt.BaseMediaDecodeTime(), maxEdit*uint64(t.scale)))
				}
				if err := t.readRuns(fragment.Moof, traf, trex); err != nil {
					return err
				}
			}
		}
	}
	t.shift(begins)
	return nil
}

// readRuns reads the track runs of one traf (§8.8.8).
func (t *clipTrack) readRuns(moof *mp4.MoofBox, traf *mp4.TrafBox, trex *mp4.TrexBox) error {
	start := moof.StartPos
	if traf.Tfhd.HasBaseDataOffset() {
		start = traf.Tfhd.BaseDataOffset
	}
	offset := int64(start)
	for _, run := range traf.Truns {
		run.AddSampleDefaultValues(traf.Tfhd, trex)
		if run.HasDataOffset() {
			offset = int64(start) + int64(run.DataOffset)
		}
		for _, s := range run.Samples {
			in := clipSample{offset: offset, size: s.Size}
			if err := t.add(in, s.Dur, s.CompositionTimeOffset); err != nil {
				return err
			}
			offset += int64(s.Size)
		}
	}
	return nil
}
