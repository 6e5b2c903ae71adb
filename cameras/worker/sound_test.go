package worker

import (
	"bytes"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

func TestSoundTrack(t *testing.T) {
	f := &format.MPEG4Audio{PayloadTyp: 97, SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3,
		Config: &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: 16000, ChannelCount: 1}}
	track, ok := soundTrack(2, f)
	if !ok || track.MIME != "mp4a.40.2" || !bytes.Equal(track.Config, []byte{0x14, 0x08}) || track.ClockRate != 16000 || track.Channels != 1 {
		t.Fatalf("%+v", track)
	}
	if _, ok := soundTrack(2, &format.MPEG4Audio{}); ok {
		t.Fatal("a track without a configuration")
	}
}
