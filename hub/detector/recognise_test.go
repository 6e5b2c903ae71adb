package detector

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lares/cameras/media"
	"lares/recorder"
)

// TestRecognised: what counts of an answer is the class that it is surest of, with its box
// in parts of the picture; the others, and what the detector calls them, are labels.
// Unknown labels, those that nobody wants and those that it is not sure of are nothing.
func TestRecognised(t *testing.T) {
	street := []prediction{
		{"traffic light", 0.99, 0, 0, 10, 10}, {"Car", 0.7, 64, 36, 320, 180}, {"person", 0.9, 320, 0, 640, 360},
		{"truck", 0.6, 0, 0, 1, 1}, {"dog", 0.4, 0, 0, 1, 1}, {"PERSON", 0.8, 0, 0, 1, 1},
	}
	for name, c := range map[string]struct {
		s    Settings
		list []prediction
		want string
	}{
		"as usual":        {Settings{}, street, "person 0.9 [vehicle car truck] &{0.5 0 0.5 1}"},
		"less sure":       {Settings{MinConfidence: 40}, street, "person 0.9 [vehicle car truck animal dog] &{0.5 0 0.5 1}"},
		"surer":           {Settings{MinConfidence: 71}, street, "person 0.9 [] &{0.5 0 0.5 1}"},
		"vehicles alone":  {Settings{Classes: []string{Vehicle}}, street, "vehicle 0.7 [car truck] &{0.1 0.1 0.4 0.4}"},
		"nobody is sure":  {Settings{MinConfidence: 100}, street, ""},
		"none wanted":     {Settings{Classes: []string{Package}}, street, ""},
		"unknown things":  {Settings{}, []prediction{{"chair", 0.9, 0, 0, 1, 1}, {"Ghost", 1, 0, 0, 1, 1}}, ""},
		"nothing":         {Settings{}, nil, ""},
		"just sure":       {Settings{}, []prediction{{"cat", 0.5, 0, 0, 640, 360}}, "animal 0.5 [cat] &{0 0 1 1}"},
		"beyond its edge": {Settings{}, []prediction{{"cat", 0.5, -100, -1, 900, 1e9}}, "animal 0.5 [cat] &{0 0 1 1}"},
		"turned around":   {Settings{}, []prediction{{"cat", 0.5, 300, 10, 200, 100}}, "animal 0.5 [cat] <nil>"},
		"without a box":   {Settings{}, []prediction{{"cat", 0.5, 0, 0, 0, 0}}, "animal 0.5 [cat] <nil>"},
	} {
		before := fmt.Sprint(c.list)
		p := recorder.Picture{Camera: media.NewCameraID(), Event: media.NewEventID(), Sight: recorder.Sight{Width: 640, Height: 360, Unit: media.Unit{Run: media.NewRunID()}}}
		seen, ok := c.s.recognised(p, c.list)
		got := ""
		if ok {
			got = fmt.Sprint(seen.Class, " ", seen.Score, " ", seen.Labels, " ", seen.Box)
			if seen.Camera != p.Camera || seen.Event != p.Event || seen.Run != p.Unit.Run || seen.Source != media.SourceDetector {
				t.Errorf("%s: of something else: %+v", name, seen)
			}
		}
		if got != c.want || fmt.Sprint(c.list) != before {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if seen, _ := (Settings{}).recognised(recorder.Picture{}, street); seen.Box != nil {
		t.Errorf("a box on a picture of an unknown size: %+v", seen.Box)
	}
	var zoo []prediction
	for label := range classes {
		zoo = append(zoo, prediction{label: label, confidence: 0.9})
	}
	if seen, ok := (Settings{}).recognised(recorder.Picture{}, zoo); !ok || len(seen.Labels) != maxLabels {
		t.Errorf("%d labels", len(seen.Labels))
	}
}

// TestClasses: the table says nothing but our classes, in small letters, and each of them.
func TestClasses(t *testing.T) {
	for label, class := range classes {
		if !slices.Contains(Classes(), class) || label != strings.ToLower(strings.TrimSpace(label)) || len(label) > maxLabel {
			t.Errorf("%q is %q", label, class)
		}
	}
	for _, class := range Classes() {
		if classOf(class) != class || classOf(strings.ToUpper(class)) != class {
			t.Errorf("%q is %q", class, classOf(class))
		}
	}
}
