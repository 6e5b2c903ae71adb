package fakecam

import (
	"errors"
	"net"
	"testing"
	"time"

	"lares/cameras/dvrip"
)

// TestDVRIP: both streams begin with an IDR and show the camera's own pictures; others
// than its user, and streams that it has not, are refused.
func TestDVRIP(t *testing.T) {
	c, err := Start(t.Context(), Options{Name: "shed", Addr: "127.0.0.87:0", HTTPAddr: "127.0.0.87:0", Username: "user", Password: "secret", Maker: "xiongmai-bare"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	play := func(s dvrip.Stream) (*dvrip.Client, error) {
		conn, err := net.Dial("tcp", "127.0.0.87:34567")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		return dvrip.Play(conn, s)
	}
	for _, sub := range []bool{false, true} {
		in, err := play(dvrip.Stream{Sub: sub, Username: "user", Password: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		if err := in.KeepAlive(); err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			u, err := in.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !u.Picture || len(u.Data) < 100 || i == 0 && u.Kind != dvrip.H264 {
				t.Fatalf("picture %d: %v, %d bytes", i, u.Kind, len(u.Data))
			}
		}
	}
	if _, err := play(dvrip.Stream{Username: "user", Password: "guess"}); !errors.Is(err, dvrip.ErrPassword) {
		t.Errorf("a wrong password: %v", err)
	}
	for _, channel := range []int{-1, 1} {
		if _, err := play(dvrip.Stream{Channel: channel, Username: "user", Password: "secret"}); !errors.Is(err, dvrip.ErrRefused) {
			t.Errorf("channel %d: %v", channel, err)
		}
	}
}
