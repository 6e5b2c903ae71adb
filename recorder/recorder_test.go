package recorder

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lares/cameras/media"
	"lares/cameras/media/fmp4"
	"lares/recorder/sealed"
)

func TestMomentBecomesClip(t *testing.T) {
	h := newHouse(t)
	h.cam.snapshot = []byte("\xff\xd8 a picture")
	h.start()
	h.cam.pictures(100) // ten seconds before
	event := h.trigger(Trigger{Kind: media.KindTrigger, Hold: true})
	at := h.clock.Now()
	h.recording()
	h.finish()

	rows := h.clips(1)
	row := rows[0]
	if row.State != StateComplete || row.Event != event || row.Part != 0 || !row.Thumbnail {
		t.Errorf("row %+v", row)
	}
	info, err := os.Stat(h.file(row.Clip))
	if err != nil || info.Size() != row.Bytes {
		t.Errorf("row says %d bytes, file %v (%v)", row.Bytes, info.Size(), err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	o := h.open(row, h.vault.store)
	first, last := o.contiguous(t)
	// the trigger came before picture 100: five seconds earlier is picture 50,
	// and the newest IDR at least as old is picture 40
	if first != 40 || last < 199 || last > 201 {
		t.Errorf("pictures %d to %d, want 40 to 200", first, last)
	}
	if want := time.Duration(last-first+1) * interval; row.Duration != want {
		t.Errorf("duration %v, want %v", row.Duration, want)
	}
	if want := at.Add(-60 * interval); !row.Start.Equal(want) || !o.clip.Header().Start.Equal(want) {
		t.Errorf("start %v and %v, want %v", row.Start, o.clip.Header().Start, want)
	}
	if string(o.thumb) != "\xff\xd8 a picture" {
		t.Errorf("thumbnail %q", o.thumb)
	}
	if len(o.notes) != 1 || o.notes[0].Event != event || o.notes[0].Kind != media.KindTrigger || !o.notes[0].At.Equal(at) {
		t.Errorf("notes %+v", o.notes)
	}
	if e := h.index.event(event); e.Kind != media.KindTrigger || !e.Start.Equal(at) || !e.End.Equal(at) {
		t.Errorf("event %+v", e)
	}
	if got := h.r.Health(); got.Bytes != row.Bytes || got.Problem != "" {
		t.Errorf("health %+v", got)
	}
	decodes(t, o.mp4, row.Duration)
}

// plays asks ffmpeg whether a film decodes, whole, and returns the name of the
// file it is in.
func plays(t *testing.T, film []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "clip.mp4")
	if err := os.WriteFile(name, film, 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", name, "-f", "null", "-").CombinedOutput(); err != nil || len(text) > 0 {
		t.Errorf("ffmpeg: %v: %s", err, text)
	}
	return name
}

// decodes asks ffmpeg whether a clip plays, whole and for how long.
func decodes(t *testing.T, mp4 []byte, duration time.Duration) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed: decoding is not tested")
	}
	name := plays(t, mp4)
	text, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", name).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v: %s", err, text)
	}
	if got, err := time.ParseDuration(strings.TrimSpace(string(text)) + "s"); err != nil || (got-duration).Abs() > time.Millisecond {
		t.Errorf("ffprobe says %v, the row %v (%v)", got, duration, err)
	}
}

func TestStateHoldsAndTriggersMerge(t *testing.T) {
	h := newHouse(t)
	h.start()
	event := h.motion(60)
	for range 300 { // half a minute of motion
		h.cam.picture()
	}
	if again := h.trigger(Trigger{Kind: media.KindSound, Hold: true}); again != event {
		t.Error("a trigger during an event began another")
	}
	if s, _ := h.r.Status(h.cam.id); !s.Recording || s.Event != event {
		t.Errorf("status %+v", s)
	}
	end := h.clock.Now()
	if again := h.trigger(Trigger{Active: false}); again != event {
		t.Error("the end of a state is of another event")
	}
	h.finish()
	rows := h.clips(1)
	_, last := h.open(rows[0], h.vault.store).contiguous(t)
	if last < 459 || last > 461 { // 360 pictures, and the post-roll
		t.Errorf("the last picture is %d, want 460", last)
	}
	if e := h.index.event(event); !e.End.Equal(end) || e.Kind != media.KindMotion {
		t.Errorf("event %+v, want its end at %v", e, end)
	}
	if id := h.trigger(Trigger{Active: false}); !id.IsZero() {
		t.Error("the end of nothing began an event")
	}
	if next := h.trigger(Trigger{Hold: true}); next == event || next.IsZero() {
		t.Error("a later trigger is not a new event")
	}
}

func TestEventTextIsSealed(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(30)
	text, err := json.Marshal(media.Event{Kind: media.KindMotion, Class: "person", Topic: "tns1:Motion", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	u, _ := h.cam.run.Sealer(media.StreamCamera).Seal(nil, media.AccessUnit{Type: media.UnitEvent, Data: text})
	event := h.trigger(Trigger{Hold: true, Unit: &u})
	h.recording()
	h.finish()
	if got := string(h.index.event(event).Text.Sealed); got != `sealed {"class":"person","topic":"tns1:Motion"}` {
		t.Errorf("sealed text %q", got)
	}
	row := h.index.all()[0]
	if o := h.open(row, h.vault.store); len(o.notes) != 1 || o.notes[0].Class != "person" {
		t.Errorf("notes %+v", o.notes)
	}
	file, err := os.ReadFile(h.file(row.Clip))
	if err != nil || bytes.Contains(file, []byte("person")) || bytes.Contains(file, []byte("lares test mark!")) {
		t.Errorf("the file shows what it holds (%v)", err)
	}
}

// TestLaterTriggersForgetNothing: what an event is said to be stays said, whatever comes
// to it later.
func TestLaterTriggersForgetNothing(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(30)
	sealer := h.cam.run.Sealer(media.StreamCamera)
	var event media.EventID
	for _, e := range []media.Event{
		{Topic: "tns1:Motion"}, {Class: "person", Topic: "tns1:People"}, {Topic: "tns1:Motion"}, {Class: "vehicle", Topic: "tns1:Cars"}, {Class: "person"},
	} {
		e.Kind, e.Active = media.KindMotion, true
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := sealer.Seal(nil, media.AccessUnit{Type: media.UnitEvent, Data: text})
		event = h.trigger(Trigger{Hold: true, Unit: &u})
		h.cam.pictures(1)
	}
	h.recording()
	h.finish()
	if got := string(h.index.event(event).Text.Sealed); got != `sealed {"class":"person","labels":["vehicle"],"topic":"tns1:People"}` {
		t.Errorf("sealed text %q", got)
	}
}

func TestLongEventHasParts(t *testing.T) {
	h := newHouse(t)
	h.start(func(c *Config, _ *Recorder) { c.MaxClip = 10 * time.Second })
	event := h.motion(40)
	for range 26 {
		h.cam.pictures(10)
		h.drained()
	}
	h.still()
	rows := h.index.all()
	if len(rows) < 4 {
		t.Fatalf("%d clips", len(rows))
	}
	var next uint64
	for i, row := range rows {
		first, last := h.open(row, h.vault.store).contiguous(t)
		if i > 0 && first != next {
			t.Errorf("part %d starts with picture %d, want %d", i, first, next)
		}
		next = last + 1
		if row.Part != i || row.Event != event || row.Duration > 10*time.Second || first%gop != 0 {
			t.Errorf("part %d: %+v, first picture %d", i, row, first)
		}
	}
}

func TestConfigChangeEndsFile(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.cam.pictures(20)
	h.cam.mu.Lock()
	h.cam.configure() // the same again: nothing ends
	h.cam.mu.Unlock()
	h.cam.pictures(20)
	h.cam.mu.Lock()
	h.cam.sound = true
	h.cam.configure()
	h.cam.mu.Unlock()
	h.cam.pictures(20)
	h.still()
	rows := h.clips(2)
	if _, last := h.open(rows[0], h.vault.store).contiguous(t); last != 79 {
		t.Errorf("the first ends with picture %d", last)
	}
	if first, _ := h.open(rows[1], h.vault.store).contiguous(t); first != 80 {
		t.Errorf("the second starts with picture %d", first)
	}
}

func TestSourceComesAndGoes(t *testing.T) {
	h := newHouse(t)
	h.start()
	event := h.motion(60)
	h.cam.pictures(30)
	h.drained()
	h.cam.away(true)
	h.cam.drop()
	wait(t, "the clip to end", func() bool {
		s, _ := h.r.Status(h.cam.id)
		return !s.Recording && s.Problem == problemSilent
	})
	h.cam.skip(53)
	h.cam.away(false)
	h.cam.newRun(h.r)
	h.cam.pictures(20)
	h.recording()
	h.cam.pictures(20)
	h.still()
	rows := h.index.all()
	if len(rows) != 2 || rows[0].Event != event || rows[1].Event != event {
		t.Fatalf("clips %+v", rows)
	}
	if first, last := h.open(rows[0], h.vault.store).contiguous(t); first != 0 || last != 89 {
		t.Errorf("the first holds pictures %d to %d", first, last)
	}
	if first, _ := h.open(rows[1], h.vault.store).contiguous(t); first != 160 {
		t.Errorf("the second starts with picture %d, want 160", first)
	}
	if s, _ := h.r.Status(h.cam.id); s.Problem != "" {
		t.Errorf("problem %q", s.Problem)
	}
}

func TestSilentCameraEndsFile(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.cam.pictures(20)
	h.drained()
	wait(t, "the clip to end", func() bool {
		h.cam.skip(61) // more than once, if what came before was still being dealt with
		s, _ := h.r.Status(h.cam.id)
		return !s.Recording && s.Problem == problemSilent
	})
	h.cam.pictures(30)
	h.still()
	rows := h.index.all()
	if len(rows) != 2 || rows[0].State != StateComplete {
		t.Fatalf("clips %+v", rows)
	}
}

// TestEventOverWhileSilent: that no picture comes is said while an event misses it, and not
// behind it: what comes then is not to be recorded.
func TestEventOverWhileSilent(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.cam.pictures(20)
	h.drained()
	wait(t, "the trouble", func() bool { h.cam.skip(61); return h.problem() == problemSilent })
	h.trigger(Trigger{Active: false})
	h.cam.skip(120)
	h.idle()
	wait(t, "the trouble to be over", func() bool { return h.problem() == "" })
	h.motion(40)
	h.cam.away(true)
	h.cam.drop()
	wait(t, "the trouble of a camera that is away", func() bool { return h.problem() == problemSilent })
	h.trigger(Trigger{Active: false})
	h.cam.skip(120)
	h.idle()
	wait(t, "that trouble to be over", func() bool { return h.problem() == "" })
}

func TestGapStaysGap(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.cam.pictures(20)
	h.drained()
	h.cam.skip(20) // two seconds; the next picture is an IDR
	h.cam.pictures(20)
	h.still()
	rows := h.clips(1)
	o := h.open(rows[0], h.vault.store)
	first, last := o.numbers[0], o.numbers[len(o.numbers)-1]
	if want := time.Duration(last-first+1) * interval; rows[0].Duration != want || len(o.numbers) != int(last-first+1)-20 {
		t.Errorf("duration %v, want %v; %d pictures", rows[0].Duration, want, len(o.numbers))
	}
	decodes(t, o.mp4, rows[0].Duration)
}

func TestLaggingReaderStartsAPart(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.motion(40)
	h.cam.pictures(20)
	h.drained()
	h.cam.mu.Lock()
	for r := range h.cam.readers {
		r.lag <- struct{}{}
	}
	h.cam.mu.Unlock()
	wait(t, "the clip to end", func() bool { s, _ := h.r.Status(h.cam.id); return !s.Recording })
	h.cam.pictures(30)
	h.recording()
	h.still()
	if rows := h.index.all(); len(rows) != 2 || rows[1].Part != 1 {
		t.Errorf("clips %+v", rows)
	}
	if h.cam.reads != 1 {
		t.Errorf("read %d times, want 1", h.cam.reads)
	}
}

func TestIndexAwayLosesNothing(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.cam.pictures(40)
	h.index.setBroken(true)
	event := h.trigger(Trigger{Hold: true})
	h.recording()
	for range 400 {
		if s, _ := h.r.Status(h.cam.id); s.Event.IsZero() {
			break
		}
		h.cam.picture()
		h.drained()
	}
	wait(t, "health to say so", func() bool { return strings.Contains(h.r.Health().Problem, errBroken.Error()) })
	if rows := h.index.all(); len(rows) != 0 {
		t.Fatalf("%d rows in a broken index", len(rows))
	}
	h.index.setBroken(false)
	wait(t, "the rows", func() bool { return !h.pending() })
	rows := h.index.all()
	if len(rows) != 1 || rows[0].State != StateComplete || rows[0].Event != event {
		t.Fatalf("rows %+v", rows)
	}
	wait(t, "health to heal", func() bool { return h.r.Health().Problem == "" })
	h.open(rows[0], h.vault.store).contiguous(t)
}

func TestStopEndsOpenClip(t *testing.T) {
	h := newHouse(t)
	h.start()
	event := h.motion(40)
	h.cam.pictures(13)
	h.drained()
	h.halt()
	rows := h.index.all()
	if len(rows) != 1 || rows[0].State != StateComplete {
		t.Fatalf("rows %+v", rows)
	}
	if e := h.index.event(event); e.End.IsZero() {
		t.Error("the event has no end")
	}
	h.start()
	if _, last := h.open(rows[0], h.vault.store).contiguous(t); last != 52 {
		t.Errorf("the last picture is %d, want 52", last)
	}
}

func TestLayout(t *testing.T) {
	h := newHouse(t)
	h.start()
	h.moment(40)
	row := h.index.all()[0]
	whole := h.open(row, h.vault.store)
	c := h.clip(row)
	defer c.Close()
	l, err := c.MP4()
	if err != nil {
		t.Fatal(err)
	}
	if l.Pieces[1].Size != int64(fmp4.SidxSize(len(l.Fragments()))) || l.Init().Record != 0 {
		t.Errorf("pieces %+v", l.Pieces[:2])
	}
	for from := int64(0); from < l.Size; from += 97 {
		for _, size := range [...]int64{1, 5, 1000, l.Size} {
			to := min(from+size, l.Size)
			pieces := l.Range(from, to)
			at := from
			for i, p := range pieces {
				if p.Offset+p.Size <= from || p.Offset >= to || i > 0 && p.Offset != at {
					t.Fatalf("range %d to %d: piece %+v", from, to, p)
				}
				at = p.Offset + p.Size
			}
			if at < to {
				t.Fatalf("range %d to %d ends at %d", from, to, at)
			}
		}
	}
	if l.Range(5, 5) != nil || l.Range(l.Size, l.Size+1) != nil {
		t.Error("an empty range has pieces")
	}
	if _, err := l.Bytes(l.Pieces[2], []byte("short")); err == nil {
		t.Error("a piece of the wrong size was taken")
	}
	if int64(len(whole.mp4)) != l.Size {
		t.Error("another size")
	}
	heads, err := c.Records()
	if err != nil {
		t.Fatal(err)
	}
	moments := l.Moments()
	for n, m := range moments {
		head := heads[l.Fragments()[n].Record]
		if m.At != head.Time || m.Sync != head.Sync || n > 0 && m.At != moments[n-1].At+uint64(moments[n-1].Duration) {
			t.Errorf("fragment %d is at %+v, its head says %d, %v", n, m, head.Time, head.Sync)
		}
		want := n
		for !moments[want].Sync {
			want--
		}
		for at := range map[uint64]bool{m.At: true, m.At + uint64(m.Duration) - 1: true} {
			if got := l.At(at); got != want {
				t.Errorf("at %d decoding begins with fragment %d, want %d", at, got, want)
			}
		}
	}
	if last := len(moments) - 1; len(moments) < 3 || l.At(1<<40) != l.At(moments[last].At) {
		t.Errorf("%d fragments, the last is not what plays at the end", len(moments))
	}
	if i, err := c.Find(sealed.TypeThumbnail); i != -1 || err != nil {
		t.Errorf("a thumbnail at %d (%v)", i, err)
	}
	if _, _, err := c.ReadRecord(1<<20, nil); err == nil {
		t.Error("read a record that is not there")
	}
}
