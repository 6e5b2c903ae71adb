package detect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lares/cameras/fakecam"
	"lares/cameras/media/costtest"
)

// TestExplained: of a file that cannot be read it is said what it is, what is wrong with it
// and what is read.
func TestExplained(t *testing.T) {
	t.Parallel()
	film, err := os.ReadFile(people)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(6, 6))
	noise := make([]byte, 4000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	transport := bytes.Clone(noise)
	for i := 0; i < len(transport); i += 188 {
		transport[i] = 0x47
	}
	// form is a WAV file of that format and these bits.
	form := func(tag, bits uint16) []byte {
		b := wav(make([]int16, 100))
		binary.LittleEndian.PutUint16(b[20:], tag)
		binary.LittleEndian.PutUint16(b[34:], bits)
		return b
	}
	extended := bytes.Replace(form(0xfffe, 24), []byte("fmt \x10\x00\x00\x00"), []byte("fmt \x28\x00\x00\x00"), 1)
	extended = append(extended[:36:36], append(append(make([]byte, 8), "\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"...), extended[36:]...)...)
	unfinished := bytes.Replace(film, []byte("moov"), []byte("free"), 1)
	for name, c := range map[string]struct {
		data  []byte
		audio bool
		says  string
	}{
		"a.avi":          {[]byte("RIFF\x00\x10\x00\x00AVI LIST"), false, "an AVI file, which is not read: convert it. What is read: MP4 and MOV with H.264, and"},
		"avi.mp4":        {[]byte("RIFF\x00\x10\x00\x00AVI LIST"), true, "an AVI file, which is not read: convert it. What is read: MP4 with AAC"},
		"a.mkv":          {[]byte("\x1a\x45\xdf\xa3\xa3\x42\x86\x81"), false, "a Matroska or WebM file, which is not read: convert it"},
		"a.ts":           {transport, false, "an MPEG transport stream, which is not read: convert it"},
		"a.ogg":          {[]byte("OggS\x00\x02"), true, "an Ogg file, which is not read: convert it"},
		"noise.mp4":      {noise, false, "is neither an MP4 file nor a byte stream. What"},
		"noise.264":      {noise, false, "is neither an MP4 file nor a byte stream. What"},
		"sound.mp4":      {noise, true, "is neither an MP4 nor a WAV file. What"},
		"empty.mp4":      {nil, false, "is empty. What"},
		"empty.wav":      {nil, true, "is empty. What"},
		"short.mp4":      {film[:len(film)-1000], false, "is cut off: 1000 bytes of it are missing"},
		"head.mp4":       {film[:36], false, "is cut off: it ends within a box"},
		"unfinished.mp4": {unfinished, false, "the tables (moov) that are written at the end are missing"},
		"film.264":       {film, false, "is an MP4 file: name it .mp4"},
		"stream.mp4":     {[]byte("\x00\x00\x00\x01\x67\x42\x00\x1e"), false, "is a byte stream: name it .264"},
		"stream.264":     {[]byte("\x00\x00\x00\x01\x67\x42\x00\x1e"), false, "no picture that follows its parameter sets. What"},
		"hevc.264":       {[]byte("\x00\x00\x00\x01\x40\x01\x0c\x01\xff\xff"), false, "is a byte stream of H.265, and motion is found in H.264 alone"},
		"hevc.265":       {[]byte("\x00\x00\x01\x40\x01\x0c\x01\xff\xff"), false, "is a byte stream of H.265, and motion is found in H.264 alone"},
		"silent.mp4":     {film, true, "no AAC, Opus or G.711 sound. What is read: MP4 with AAC"},
		"pictures.mp4":   {[]byte("\x00\x00\x00\x01\x67\x42\x00\x1e"), true, "is a byte stream of pictures, which has no sound"},
		"w.mp4":          {form(1, 16), true, "is a WAV file: name it .wav"},
		"w.wav":          {form(1, 16), false, "is a WAV file: --audio listens to it"},
		"24.wav":         {form(1, 24), true, "its samples have 24 bits: save it with samples of 16 bits"},
		"extended.wav":   {extended, true, "its samples have 24 bits: save it with samples of 16 bits"},
		"float.wav":      {form(3, 32), true, "floating point numbers: save it with whole ones of 16 bits"},
		"mp3.wav":        {form(0x55, 0), true, "coded in another way (format 85): save it with samples of 16 bits"},
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{file}
		if c.audio {
			args = append(args, "--audio")
		}
		err := Main(t.Context(), args, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "detect: "+file) || strings.Contains(err.Error(), "fakecam") || strings.Count(err.Error(), file) != 1 {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if err := Main(t.Context(), []string{t.TempDir()}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "is a folder: name a file in it") {
		t.Errorf("%v", err)
	}
	if err := explain(people, fakecam.OtherVideoError{Codec: "H.265"}, readsVideo); !strings.Contains(err.Error(), "has pictures in H.265, and motion is found in H.264 alone") {
		t.Errorf("%v", err)
	}
}

// TestListeningAlone: what is about pictures is refused of who listens.
func TestListeningAlone(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--thumbnail=a.jpg", "--settings=a.json", "--sensitivity=50", "--fps=3", "--preset=street"} {
		name, _, _ := strings.Cut(flag, "=")
		if err := Main(t.Context(), []string{"--audio", flag, people}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), name+" is about pictures, and --audio listens instead") {
			t.Errorf("%s: %v", flag, err)
		}
	}
}

// TestMeant: what means nothing as it is said is refused, not passed over.
func TestMeant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--over", "20", people}, "--over is about sound, and without --audio"},
		{[]string{"--over", "15", people}, "--over is about sound, and without --audio"},
		{[]string{"--sensitivity", "0", people}, "--sensitivity is from 1 to 100, and 0 is given"},
		{[]string{"--audio", "--over", "0", people}, "--over is from 3 to 60, and 0 is given"},
	} {
		if err := Main(t.Context(), c.args, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want %q", c.args, err, c.says)
		}
	}
}

// TestListeningCost: what listening took is the last line.
func TestListeningCost(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "room.wav")
	if err := os.WriteFile(file, wav(room()), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(run(t, "--audio", "--json", file)), "\n")
	var c heardCost
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &c); err != nil || c.CPU <= 0 || c.Peak <= 0 || c.Pieces != 30*50 || c.Unreadable != 0 {
		t.Errorf("%q: %v", lines, err)
	}
}

// FuzzCutOff: no file makes it long to say what is wrong with it.
func FuzzCutOff(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x08moov"))
	f.Add([]byte("\x00\x00\x00\x01mdat\x80\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x01\x40\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		costtest.Within(t, func() {
			if _, hevc := byteStream(b); !hevc && isMP4(b) {
				cutOff(bytes.NewReader(b), int64(len(b)))
			}
		})
	})
}
