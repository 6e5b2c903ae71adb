package wire

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"lares/cameras/control"
)

// answered is an answer with something of everything.
func answered() Done {
	return Done{Number: 7, Found: control.Found{
		PTZ: control.PTZ{Continuous: true, Presets: []control.Preset{{ID: control.ID("preset", "1"), Name: "the\n door"}}},
		Picture: control.Picture{
			Brightness: &control.Level{Value: 50, Min: 0, Max: 100}, Light: control.Auto, Lights: []control.Light{control.Day, control.Night, control.Auto},
		},
		Outputs: []control.Output{{ID: control.ID("relay", "1"), Name: strings.Repeat("x", 1000)}},
	}}
}

func TestOrdersTravel(t *testing.T) {
	var socket bytes.Buffer
	want := Order{Number: 3, Order: control.Order{Do: control.Move, Pan: -0.5, MS: 700}}
	if err := errors.Join(Send(&socket, TypeOrder, want), Send(&socket, TypeDone, answered())); err != nil {
		t.Fatal(err)
	}
	r := NewReader(&socket)
	typ, body, err := r.Next()
	if got, perr := Parse[Order](body); typ != TypeOrder || errors.Join(err, perr) != nil || got != want {
		t.Fatalf("%v %+v, %v, %v", typ, got, err, perr)
	}
	typ, body, err = r.Next()
	got, perr := Parse[Done](body)
	if typ != TypeDone || errors.Join(err, perr, got.Check()) != nil {
		t.Fatal(typ, err, perr)
	}
	if f := got.Found; f.PTZ.Presets[0].Name != "the door" || len(f.Outputs[0].Name) != MaxLabel || f.Picture.Brightness.Value != 50 || !slices.Contains(f.Picture.Lights, control.Night) {
		t.Errorf("%+v", f)
	}
}

func TestDoneIsChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Done){
		"problem":       func(d *Done) { d.Problem = "rain" },
		"presets":       func(d *Done) { d.Found.PTZ.Presets = make([]control.Preset, MaxPresets+1) },
		"a preset":      func(d *Done) { d.Found.PTZ.Presets[0].ID = "../../etc" },
		"outputs":       func(d *Done) { d.Found.Outputs = make([]control.Output, MaxOutputs+1) },
		"an output":     func(d *Done) { d.Found.Outputs[0].ID = "" },
		"a level":       func(d *Done) { d.Found.Picture.Brightness.Value = 101 },
		"no range":      func(d *Done) { d.Found.Picture.Sharpness = &control.Level{} },
		"light":         func(d *Done) { d.Found.Picture.Light = "dusk" },
		"lights":        func(d *Done) { d.Found.Picture.Lights[0] = "" },
		"lights anyhow": func(d *Done) { d.Found.Picture.Lights = make([]control.Light, 4) },
	} {
		d := answered()
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		if spoil(&d); !errors.Is(d.Check(), ErrProtocol) {
			t.Errorf("%s: accepted", name)
		}
	}
}

// FuzzDone reads arbitrary bytes as what a worker says that a camera did.
func FuzzDone(f *testing.F) {
	var b bytes.Buffer
	if err := Send(&b, TypeDone, answered()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes()[frameHead:])
	f.Add([]byte(`{"number":1,"problem":"silent","found":{"picture":{"brightness":{"value":1e309}}}}`))
	f.Add([]byte(`{"number":4294967296}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := Parse[Done](in)
		if err != nil || d.Check() != nil {
			return
		}
		found := d.Found
		if len(found.PTZ.Presets) > MaxPresets || len(found.Outputs) > MaxOutputs || d.Problem != "" && !d.Problem.Known() {
			t.Fatalf("accepted %+v", d)
		}
		for _, p := range found.PTZ.Presets {
			if !control.IsID(p.ID) || len(p.Name) > MaxLabel {
				t.Fatalf("accepted the preset %+v", p)
			}
		}
		for _, o := range found.Outputs {
			if !control.IsID(o.ID) || len(o.Name) > MaxLabel {
				t.Fatalf("accepted the output %+v", o)
			}
		}
		if l := found.Picture.Contrast; l != nil && !(l.Value >= l.Min && l.Value <= l.Max) {
			t.Fatalf("accepted the level %+v", l)
		}
	})
}
