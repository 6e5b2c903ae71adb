// Package detect runs the detector of motion, which the workers of cameras run on streams,
// and that of sounds on a recording: for people who tune them and for every evaluation.
package detect

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lares/cameras/args"
	"lares/cameras/fakecam"
	"lares/cameras/h264"
	"lares/cameras/motion"
	"lares/cameras/sound"
)

const usage = `lares detect [flags] FILE finds the motion in a recording: MP4 or MOV with H.264, or a
byte stream named .264 or .h264, whose pictures lie as far apart as it tells, or as --fps says, in the
order they are coded in. It prints what is found, with --json one object per line: each second's activity (100 is what counts) and whether something
moves, then each event with its box in the picture and the zones of --settings it was
in, then what it cost.

With --audio it finds what is loud in the recording's sound instead: MP4 with AAC, Opus or G.711,
WAV with G.711 or 16 bits, or G.711 named .alaw or .ulaw.

`

// Main is `lares detect` with those arguments.
func Main(ctx context.Context, words []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("lares detect", flag.ContinueOnError)
	flags.SetOutput(stdout)
	asJSON := flags.Bool("json", false, "print one JSON object per line")
	fps := flags.Int("fps", 0, "pictures per second of a byte stream, from 1 to 240, instead of what it tells itself, or 15")
	settings := flags.String("settings", "", "a JSON file that says what counts: {\"sensitivity\": 50, \"zones\": [{\"name\": \"gate\", \"polygon\": [[0,0.5],[0.4,0.5],[0.4,1]],\n\"sensitivity\": 70, \"min_area\": 0.01, \"min_duration_ms\": 1500}], \"masks\": [[[0.8,0],[1,0],[1,0.3]]]}, places in parts of the picture")
	preset := flags.String("preset", "", "settings that suit a place: "+presetNames()+"; of --settings the zones' polygons and the masks stay")
	sensitivity := flags.Int("sensitivity", 0, "from 1 to 100, 50 being usual: that of the preset or the settings otherwise")
	thumbnail := flags.String("thumbnail", "", "write the picture that a recorder would choose, that with the most motion or else the one next to the first that is found, to this JPEG file")
	audio := flags.Bool("audio", false, "listen, instead of looking for motion")
	over := flags.Int("over", sound.UsualOver, "with --audio, how many dB over what is usual a sound is at least, from 3 to 60")
	flags.Usage = func() {
		fmt.Fprint(stdout, usage)
		flags.PrintDefaults()
	}
	files, err := args.Parse(flags, words)
	if err != nil {
		return err
	}
	if len(files) != 1 {
		flags.Usage()
		return fmt.Errorf("detect: name one recording: %d are named", len(files))
	}
	if err := onlyMeant(flags, *audio); err != nil {
		return err
	}
	if *audio {
		return listen(files[0], sound.Settings{Over: *over}, stdout, *asJSON)
	}
	d := newDetection(*thumbnail != "")
	if err := d.set(*settings, *preset, *sensitivity); err != nil {
		return err
	}
	if err := d.read(ctx, files[0], *fps); err != nil {
		return err
	}
	if d.cost.Assumed > 0 {
		fmt.Fprintf(os.Stderr, "detect: %s does not tell how many pictures make a second: %d are assumed, and --fps says otherwise\n", files[0], d.cost.Assumed)
	}
	d.finish()
	if err := d.print(stdout, *asJSON); err != nil || *thumbnail == "" {
		return err
	}
	return d.writeThumbnail(*thumbnail)
}

// presetNames are those that --preset takes.
func presetNames() string {
	var names []string
	for _, p := range motion.Presets() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// set reads settings of a file, if one is named; a preset goes before theirs, and a sensitivity
// before both.
func (d *detection) set(file, preset string, sensitivity int) error {
	var s motion.Settings
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return fmt.Errorf("detect: opening settings: %w", err)
		}
		defer f.Close()
		if s, err = motion.ReadSettings(f); err != nil {
			return fmt.Errorf("detect: reading %s: %w", file, err)
		}
	}
	if preset != "" {
		p, ok := motion.FindPreset(preset)
		if !ok {
			return fmt.Errorf("detect: there is no preset %q: they are %s", preset, presetNames())
		}
		s = p.Suit(s)
	}
	if sensitivity != 0 {
		s.Sensitivity = sensitivity
	}
	if err := d.watcher.Set(s); err != nil {
		return fmt.Errorf("detect: taking settings: %w", err)
	}
	return nil
}

// onlyMeant refuses what has no meaning for who listens, or for who looks, and what means
// nothing when it is said.
func onlyMeant(flags *flag.FlagSet, audio bool) (err error) {
	flags.Visit(func(f *flag.Flag) {
		if err != nil {
			return
		}
		switch f.Name {
		case "fps", "thumbnail", "settings", "preset", "sensitivity":
			if audio {
				err = fmt.Errorf("detect: --%s is about pictures, and --audio listens instead: leave out one of the two", f.Name)
			} else if f.Name == "fps" && f.Value.String() == "0" {
				err = errors.New("detect: --fps is from 1 to 240, and 0 is given: leave it out for what the recording tells")
			} else if f.Name == "sensitivity" && f.Value.String() == "0" {
				err = errors.New("detect: --sensitivity is from 1 to 100, and 0 is given: leave it out for that of the preset or the settings")
			}
		case "over":
			if !audio {
				err = errors.New("detect: --over is about sound, and without --audio pictures are looked at: name both or neither")
			} else if f.Value.String() == "0" {
				err = errors.New("detect: --over is from 3 to 60, and 0 is given: leave it out for what is usual")
			}
		}
	})
	return err
}

// read looks for motion in a recording.
func (d *detection) read(ctx context.Context, recording string, fps int) error {
	var own error // of looking, not of reading
	untold := fps == 0 && byteStreamName(recording)
	err := fakecam.ReadH264(recording, fps, func(at time.Duration, units [][]byte) error {
		if untold && slices.ContainsFunc(units, tellsRate) {
			untold = false
		}
		if own = ctx.Err(); own == nil {
			own = d.take(at, units)
		}
		return own
	})
	if errors.Is(own, h264.ErrUnsupported) {
		return unreadable{recording + ": " + own.Error() + ". " + readsVideo, own}
	}
	if own != nil {
		return fmt.Errorf("detect: looking for motion in %s: %w", recording, own)
	}
	if err != nil {
		return explain(recording, err, readsVideo)
	}
	if untold {
		d.cost.Assumed = fakecam.UsualFPS
	}
	return nil
}

// byteStreamName says that a file is a byte stream by its name, which has no times.
func byteStreamName(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".264" || ext == ".h264"
}

// tellsRate says that a unit is a parameter set that tells how long pictures last.
func tellsRate(unit []byte) bool {
	s, err := h264.ParseSPS(unit)
	return err == nil && s.Scale != 0
}
