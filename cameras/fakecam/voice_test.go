package fakecam

import (
	"context"
	"errors"
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	rtpformat "github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"
)

// TestVoice: what a back channel brings is remembered, with its spurts and gaps,
// and no more than a minute of it.
func TestVoice(t *testing.T) {
	c := &Camera{}
	f := &rtpformat.G711{PayloadTyp: pcmaPayload, SampleRate: 8000, ChannelCount: 1}
	back := &description.Media{IsBackChannel: true}
	packet := func(at uint32, first bool, n int) *rtp.Packet {
		return &rtp.Packet{Header: rtp.Header{Timestamp: at, Marker: first, SSRC: 7}, Payload: make([]byte, n)}
	}
	c.hears(&description.Media{}, f, packet(0, true, 160)) // what it sends itself
	c.hears(back, f, packet(0xffffff00, true, 160))        // 96 samples later the RTP time wraps
	c.hears(back, f, packet(0, false, 160))
	c.hears(back, f, packet(160+1000, true, 2))
	got := c.Heard()
	if len(got.Samples) != 322 || got.Samples[0] != -5504 || got.Packets != 3 || got.Spurts != 2 || got.Gaps != 1096 {
		t.Errorf("%d samples, the first %d, %d packets, %d spurts, gaps %d", len(got.Samples), got.Samples[0], got.Packets, got.Spurts, got.Gaps)
	}
	c.hears(back, &rtpformat.G711{MULaw: true}, packet(162+1000, false, maxHeard))
	if got = c.Heard(); len(got.Samples) != maxHeard || got.Samples[322] != -32124 {
		t.Errorf("%d samples, %d", len(got.Samples), got.Samples[322])
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := c.AwaitHeard(ctx, maxHeard); err != nil {
		t.Error(err)
	}
	cancel()
	if _, err := c.AwaitHeard(ctx, maxHeard+1); !errors.Is(err, context.Canceled) {
		t.Errorf("more than it remembers: %v", err)
	}
	if _, err := Start(t.Context(), Options{Name: "x", Hears: "opus"}); err == nil {
		t.Error("an encoding that nobody knows")
	}
}
