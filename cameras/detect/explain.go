package detect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lares/cameras/fakecam"
)

// What is read, of pictures and of sound.
const (
	readsVideo = "What is read: MP4 and MOV with H.264, and byte streams of H.264 that are named .264 or .h264."
	readsSound = "What is read: MP4 with AAC, Opus or G.711, WAV with samples of 16 bits or G.711, and G.711 that is named .alaw or .ulaw."
)

// foreign are files of kinds that are not read, by how they begin.
var foreign = []struct {
	at     int
	begins string
	name   string
}{
	{8, "AVI ", "an AVI file"},
	{0, "\x1a\x45\xdf\xa3", "a Matroska or WebM file"},
	{0, "OggS", "an Ogg file"},
	{0, "\x00\x00\x01\xba", "an MPEG program stream"},
	{0, "\x30\x26\xb2\x75", "a Windows Media file"},
	{0, "FLV\x01", "a Flash video"},
	{0, "fLaC", "a FLAC file"},
	{0, "ID3", "an MP3 file"},
	{0, "\xff\xfb", "an MP3 file"},
}

// unreadable is why a recording cannot be read, and what to do about it.
type unreadable struct {
	says  string
	cause error
}

func (u unreadable) Error() string { return "detect: " + u.says }
func (u unreadable) Unwrap() error { return u.cause }

// explain says of a recording that was not read for this reason what it is, and what can be
// done about it; reads is what could be read.
func explain(path string, cause error, reads string) error {
	says := path + " " + what(path, reads == readsSound)
	var other fakecam.OtherVideoError
	switch _, err := os.Stat(path); {
	case err != nil:
		return unreadable{strings.TrimPrefix(cause.Error(), "fakecam: "), cause}
	case !strings.HasSuffix(says, " "):
	case errors.As(cause, &other) && other.Codec != "":
		says = fmt.Sprintf("%s has pictures in %s, and motion is found in H.264 alone: convert it to MP4 with H.264, or let the camera send H.264", path, other.Codec)
	default:
		says = path + ": " + strings.ReplaceAll(cause.Error(), "fakecam: ", "")
	}
	return unreadable{says + ". " + reads, cause}
}

// what says what a file is, as far as that is why it cannot be read; nothing otherwise.
func what(path string, sound bool) string {
	info, err := os.Stat(path) // to open a pipe may wait for who writes
	if err != nil {
		return ""
	}
	if info.IsDir() {
		return "is a folder: name a file in it"
	}
	if info.Mode()&(os.ModeNamedPipe|os.ModeSocket|os.ModeCharDevice) != 0 {
		return "is a pipe or a device, and an MP4 has to be a file: it is not read from the first byte to the last"
	}
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info.Size() == 0 {
		return "is empty"
	}
	var head [512]byte
	n, _ := file.ReadAt(head[:], 0) // shorter files are looked at as far as they go
	b, extension := head[:n], strings.ToLower(filepath.Ext(path))
	named := func(names ...string) bool { return slices.Contains(names, extension) }
	for _, f := range foreign {
		if bytes.HasPrefix(b[min(n, f.at):], []byte(f.begins)) {
			return "is " + f.name + ", which is not read: convert it"
		}
	}
	switch pictures, hevc := byteStream(b); {
	case n > 188 && b[0] == 0x47 && b[188] == 0x47: // ITU-T H.222.0 §2.4.3.2
		return "is an MPEG transport stream, which is not read: convert it"
	case len(b) >= 12 && string(b[8:12]) == "WAVE":
		if !sound {
			return "is a WAV file: --audio listens to it"
		}
		if !named(".wav") {
			return "is a WAV file: name it .wav"
		}
	case pictures && sound:
		return "is a byte stream of pictures, which has no sound"
	case hevc:
		return "is a byte stream of H.265, and motion is found in H.264 alone: convert it, or let the camera send H.264"
	case pictures && !named(".264", ".h264"):
		return "is a byte stream: name it .264"
	case isMP4(b):
		if named(".264", ".h264", ".265", ".h265", ".wav", ".alaw", ".ulaw") {
			return "is an MP4 file: name it .mp4"
		}
		return cutOff(file, info.Size())
	case !pictures && sound && !named(".wav"):
		return "is neither an MP4 nor a WAV file"
	case !pictures && !sound:
		return "is neither an MP4 file nor a byte stream"
	}
	return ""
}

// byteStream says whether a file is a byte stream (ITU-T H.264 annex B), and whether that is of
// H.265: its parameter sets and delimiters are of no type that H.264 begins with.
func byteStream(b []byte) (yes, hevc bool) {
	b, yes = bytes.CutPrefix(bytes.TrimLeft(b, "\x00"), []byte{1})
	hevc = yes && len(b) > 1 && (b[0] == 0x40 || b[0] == 0x42 || b[0] == 0x46) && b[1] == 1
	return yes, hevc
}

// isMP4 says whether a file begins with a box that files of ISO/IEC 14496-12 begin with.
func isMP4(b []byte) bool {
	return len(b) >= 8 && slices.Contains([]string{"ftyp", "moov", "mdat", "free", "skip", "wide", "moof", "styp", "sidx"}, string(b[4:8]))
}

// cutOff says what is missing of an MP4 file, nothing if all boxes (ISO/IEC 14496-12 §4.2)
// are whole and one has the tables.
func cutOff(file io.ReaderAt, size int64) string {
	const most = 1 << 16 // boxes
	tables := false
	for at, n := int64(0), 0; at < size && n < most; n++ {
		var head [16]byte
		if n, _ := file.ReadAt(head[:], at); n < 8 {
			return "is cut off: it ends within a box"
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		if length == 1 {
			length = int64(binary.BigEndian.Uint64(head[8:]))
		}
		kind := string(head[4:8])
		if length == 0 { // up to the end
			length = size - at
		}
		if length < 8 {
			return "is damaged: a box in it has no length"
		}
		if length > size-at {
			return fmt.Sprintf("is cut off: %d bytes of it are missing; copy it anew", length-(size-at))
		}
		tables = tables || kind == "moov"
		at += length
	}
	if !tables {
		return "is cut off, or was never finished: the tables (moov) that are written at the end are missing"
	}
	return ""
}
