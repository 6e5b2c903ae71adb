package fakecam

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// packetsPerSecond of G.711: 20 ms each (RFC 3551 §4.2).
	packetsPerSecond = 50
	maxG711          = 256 << 20 // bytes of one recording: nine hours of mono
)

// parseG711 reads a file of bare G.711 samples, 8 kHz mono.
func parseG711(r io.Reader, codec soundCodec) (*clip, error) {
	data, err := readAll(r, maxG711)
	if err != nil {
		return nil, err
	}
	const rate = 8000
	c := &clip{format: format{sound: soundFormat{codec: codec, rate: rate, channels: 1}}}
	c.audio.packets(data, c.format.sound, 0)
	return c, nil
}

// repack joins the samples of G.711 sound, which files keep byte by byte, and
// cuts them into packets.
func (c *clip) repack() error {
	t := &c.audio
	if len(t.samples) == 0 {
		return nil
	}
	var data []byte
	for i := 0; i < len(t.samples); {
		run := t.samples[i] // as many samples as lie behind each other
		for i++; i < len(t.samples) && t.samples[i].offset == run.offset+int64(run.size) && run.size <= maxSample; i++ {
			run.size += t.samples[i].size
		}
		piece, err := t.read(run)
		if err != nil {
			return err
		}
		if data = append(data, piece...); len(data) > maxG711 {
			return errLarge
		}
	}
	t.packets(data, c.format.sound, rescale(t.samples[0].pts, t.scale, int64(c.format.sound.rate)))
	return nil
}

// packets makes a track of G.711 samples that begin at a time.
func (t *clipTrack) packets(data []byte, f soundFormat, begins int64) {
	*t = clipTrack{data: bytes.NewReader(data), scale: int64(f.rate)}
	size := max(1, f.rate/packetsPerSecond) * f.channels
	for at := 0; at+f.channels <= len(data); at += size {
		n := min(size, len(data)-at) / f.channels * f.channels
		dur := int64(n / f.channels)
		t.samples = append(t.samples, clipSample{
			offset: int64(at), size: uint32(n), dur: uint32(dur), dts: begins + t.duration, pts: begins + t.duration,
		})
		t.duration += dur
	}
}

var errLarge = errors.New("fakecam: the file is too large")

func readAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("fakecam: reading a recording: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, errLarge
	}
	return data, nil
}
