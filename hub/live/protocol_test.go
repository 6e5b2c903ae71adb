package live

import (
	"bytes"
	"strings"
	"testing"

	"lares/cameras/media"
)

const someCamera = "0123456789abcdef0123456789abcdef"

func TestParseRequest(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"op":"watch","watch":1,"camera":"` + someCamera + `","stream":"main"}`:         true,
		`{"op":"watch","watch":4294967295,"camera":"` + someCamera + `","stream":"sub"}`: true,
		`{"op":"stop","watch":1}`: true,
		`{"op":"ping"}`:           true,
		`{"op":"events"}`:         true,
		`{"op":"events-stop"}`:    true,

		`{"op":"watch","watch":0,"camera":"` + someCamera + `","stream":"main"}`:          false,
		`{"op":"watch","watch":-1,"camera":"` + someCamera + `","stream":"main"}`:         false,
		`{"op":"watch","watch":4294967296,"camera":"` + someCamera + `","stream":"main"}`: false,
		`{"op":"watch","watch":1,"camera":"` + someCamera + `","stream":"camera"}`:        false,
		`{"op":"watch","watch":1,"camera":"` + someCamera + `"}`:                          false,
		`{"op":"watch","watch":1,"camera":"","stream":"main"}`:                            false,
		`{"op":"watch","watch":1,"camera":"../x","stream":"main"}`:                        false,
		`{"op":"watch","watch":1,"stream":"main"}`:                                        false,
		`{"op":"stop"}`: false,
		`{"op":"stop","watch":1,"stream":"main"}`:       false,
		`{"op":"ping","watch":1}`:                       false,
		`{"op":"ping","more":1}`:                        false,
		`{"op":"events","watch":1}`:                     false,
		`{"op":"events","camera":"` + someCamera + `"}`: false,
		`{"op":"ping"}{"op":"ping"}`:                    false,
		`{"op":"ping"} `:                                true,
		`{"op":""}`:                                     false,
		`[]`:                                            false,
		``:                                              false,
		`null`:                                          false,
		`{"op":"ping"` + strings.Repeat(" ", maxRequest) + `}`: false,
	} {
		if _, err := parseRequest([]byte(text)); (err == nil) != ok {
			t.Errorf("%.80q: %v", text, err)
		}
	}
	r, err := parseRequest([]byte(`{"op":"watch","watch":7,"camera":"` + someCamera + `","stream":"sub"}`))
	if err != nil || r.Watch != 7 || r.Camera.String() != someCamera || r.stream() != media.StreamSub {
		t.Errorf("%+v %v", r, err)
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(`{"op":"watch","watch":1,"camera":"` + someCamera + `","stream":"main"}`))
	f.Add([]byte(`{"op":"stop","watch":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseRequest(b)
		if err == nil && r.Op == opWatch && (r.Watch == 0 || r.Camera == nil || r.Stream != "main" && r.Stream != "sub") {
			t.Errorf("%q gave %+v", b, r)
		}
	})
}

func TestFrameHead(t *testing.T) {
	if got := appendFrameHead(nil, 0x01020304, 5, kindFragment); !bytes.Equal(got, []byte{1, 2, 3, 4, 5, 2}) {
		t.Errorf("% x", got)
	}
}
