package fakecam

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lares/cameras/media"
)

// Sound is a piece of a file's sound.
type Sound struct {
	// Codec is AAC, Opus, PCMA or PCMU, or 0 for samples of 16 bits, little endian.
	Codec media.Codec
	// Rate is how many samples of each channel a second has. That of AAC is the one of its
	// configuration, which a band replication may double.
	Rate, Channels int
	At, Lasts      time.Duration
	Data           []byte // a raw_data_block, a packet, or octets or samples with channels interleaved
}

var soundCodecs = map[soundCodec]media.Codec{soundAAC: media.AAC, soundOpus: media.Opus, soundALaw: media.PCMA, soundULaw: media.PCMU}

// ReadSound hands the sound of a file to take, in the order of time. The file is as File
// describes it, or named .wav, of 16 bits or G.711. It ends with take's first error.
func ReadSound(path string, take func(Sound) error) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("fakecam: %w", err)
	}
	defer file.Close()
	if strings.EqualFold(filepath.Ext(path), ".wav") {
		return readWAV(file, take)
	}
	return readSound(file, take)
}

func readSound(file *os.File, take func(Sound) error) error {
	c, err := File{}.load(file)
	if err != nil {
		return err
	}
	t, f := &c.audio, c.format.sound
	if len(t.samples) == 0 {
		return errNoSound
	}
	first := t.samples[0].pts
	if len(c.video.samples) > 0 {
		first = c.video.begins() // the pictures' zero, as in ReadH264
	}
	for _, s := range t.samples {
		data, err := t.read(s)
		if err != nil {
			return err
		}
		piece := Sound{
			Codec: soundCodecs[f.codec], Rate: f.rate, Channels: f.channels,
			At: seconds(s.pts-first, t.scale), Lasts: seconds(int64(s.dur), t.scale), Data: data,
		}
		if err := take(piece); err != nil {
			return err
		}
	}
	return nil
}
