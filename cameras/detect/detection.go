package detect

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
	"strings"
	"syscall"
	"time"

	"lares/cameras/episode"
	"lares/cameras/h264"
	"lares/cameras/motion"
)

// second is one of a recording.
type second struct {
	Second int  `json:"second"`
	Score  int  `json:"score"`
	Motion bool `json:"motion"`
}

// event is when something moved, or when the camera did not show its place: that is of
// kind "tamper", and Class says what it showed. Box is left, top, right and bottom in
// parts of the picture, Zones are those that something moved in.
type event struct {
	Kind  string     `json:"kind"`
	Class string     `json:"class,omitempty"`
	Start float64    `json:"start_s"`
	End   float64    `json:"end_s"`
	Box   [4]float64 `json:"box"`
	Zones []string   `json:"zones,omitempty"`
}

// cost is what the detection took.
type cost struct {
	spent
	Pictures   int `json:"pictures"`
	Unreadable int `json:"unreadable"`
	// Assumed is how many pictures were taken to make a second where nothing tells it.
	Assumed int `json:"assumed_fps,omitempty"`
}

// spent is what this process has taken so far.
type spent struct {
	CPU  float64 `json:"cpu_s"`
	Peak float64 `json:"peak_mib"`
}

func spentNow() (s spent) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil {
		s.CPU = float64((u.Utime.Nano()+u.Stime.Nano())/1e6) / 1e3
		s.Peak = float64(int64(u.Maxrss)*10/1024) / 10 // of KiB, in 32 bits on some machines
	}
	return s
}

// detection collects what is found in a recording.
type detection struct {
	watcher  episode.Watcher
	seconds  []second
	events   []event
	tampered []event
	best     episode.Picture // of all events
	last     time.Duration
	cost     cost
}

// newDetection begins one, which makes pictures if they are wanted.
func newDetection(pictures bool) *detection {
	d := &detection{}
	d.watcher.Active = func(at time.Duration, score int) {
		s := d.second(at)
		s.Score = max(s.Score, score)
	}
	d.watcher.Moved = d.move
	d.watcher.Ended = d.end
	if pictures {
		d.watcher.Best = func(p episode.Picture) {
			if d.best.JPEG == nil || p.Size > d.best.Size {
				d.best = p
			}
		}
	}
	d.watcher.Tampered = d.tamper
	return d
}

// second is the second of a time.
func (d *detection) second(at time.Duration) *second {
	n := int(at / time.Second)
	for len(d.seconds) <= n {
		d.seconds = append(d.seconds, second{Second: len(d.seconds)})
	}
	return &d.seconds[n]
}

// maxLength bounds a recording, and with it what is kept of its seconds: the times in a
// file that is damaged lie anywhere.
const maxLength = 7 * 24 * time.Hour

var errLong = errors.New("detect: a picture lies outside of the week that a recording may have")

// take takes a picture. One that is damaged is counted; errLong ends the recording.
func (d *detection) take(at time.Duration, units [][]byte) error {
	if at < 0 || at > maxLength {
		return errLong
	}
	d.cost.Pictures++
	d.last = max(d.last, at)
	d.second(at)
	err := d.watcher.Take(units, at)
	if errors.Is(err, h264.ErrDamaged) || errors.Is(err, h264.ErrParameterSet) {
		d.cost.Unreadable++
		return nil
	}
	return err
}

// move takes a time of motion.
func (d *detection) move(m motion.Motion) {
	for at := m.From / time.Second; at*time.Second < m.To; at++ {
		d.second(at * time.Second).Motion = true
	}
}

// end takes an event that is over.
func (d *detection) end(v episode.Episode) {
	d.events = append(d.events, event{Kind: "motion", Start: v.From.Seconds(), End: v.To.Seconds(), Box: parts(v.Box), Zones: v.Zones})
}

// tamper takes when the camera did not show its place.
func (d *detection) tamper(t motion.Tamper) {
	if t.To == 0 {
		d.tampered = append(d.tampered, event{Kind: "tamper", Class: t.Kind, Start: t.From.Seconds(), Box: [4]float64{0, 0, 1, 1}})
		return
	}
	d.tampered[len(d.tampered)-1].End = t.To.Seconds()
}

// finish ends the recording.
func (d *detection) finish() {
	d.watcher.Finish(d.last)
	for _, e := range d.tampered {
		if e.End == 0 {
			e.End = d.last.Seconds()
		}
		d.events = append(d.events, e)
	}
	slices.SortStableFunc(d.events, func(a, b event) int { return cmp.Compare(a.Start, b.Start) })
	d.cost.spent = spentNow()
}

// parts is a box in thousandths of a picture in parts of it.
func parts(box image.Rectangle) [4]float64 {
	part := func(v int) float64 { return float64(v) / 1000 }
	return [4]float64{part(box.Min.X), part(box.Min.Y), part(box.Max.X), part(box.Max.Y)}
}

// print says what was found.
func (d *detection) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return d.printJSON(out)
	}
	for _, e := range d.events {
		zones := ""
		if len(e.Zones) > 0 {
			zones = ", in " + strings.Join(e.Zones, ", ")
		}
		if e.Class != "" {
			fmt.Fprintf(out, "the camera is %s from %.1f s to %.1f s\n", e.Class, e.Start, e.End)
			continue
		}
		fmt.Fprintf(out, "motion from %.1f s to %.1f s, between %.2f,%.2f and %.2f,%.2f of the picture%s\n",
			e.Start, e.End, e.Box[0], e.Box[1], e.Box[2], e.Box[3], zones)
	}
	if 2*d.cost.Unreadable > d.cost.Pictures {
		fmt.Fprintf(out, "most pictures could not be read: what is found says little\n")
	}
	_, err := fmt.Fprintf(out, "%d events in %d pictures (%d unreadable), %.2f s of processor time, %.0f MiB\n",
		len(d.events), d.cost.Pictures, d.cost.Unreadable, d.cost.CPU, d.cost.Peak)
	return err
}

func (d *detection) printJSON(out io.Writer) error {
	enc := json.NewEncoder(out)
	for _, s := range d.seconds {
		if err := enc.Encode(s); err != nil {
			return err
		}
	}
	for _, e := range d.events {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return enc.Encode(d.cost)
}
