package detector

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"lares/cameras/media/costtest"
)

// ofDeepStack is an answer from DeepStack's own description.
const ofDeepStack = `{"predictions": [{"x_max": 450, "x_min": 294, "confidence": 0.9999949, "y_max": 515, "y_min": 90, "label": "person"},` +
	`{"x_max": 792, "x_min": 648, "confidence": 0.99875224, "y_max": 545, "y_min": 350, "label": "dog"}], "success": true}`

// ofCodeProject is one as CodeProject.AI gives them, with all that it says besides.
const ofCodeProject = `{"message":"Found car","count":1,"predictions":[{"confidence":0.62,"label":"Car","x_min":12,"y_min":40,"x_max":301,"y_max":177}],` +
	`"success":true,"processMs":31,"inferenceMs":28,"code":200,"moduleId":"ObjectDetectionYOLOv5-6.2","moduleName":"Object Detection (YOLOv5 6.2)","command":"detect","canUseGPU":true,"analysisRoundTripMs":52}`

// answers are what a detector may say, and how many things that is; -1 is no answer.
var answers = map[string]struct {
	text  string
	found int
	fault Fault
}{
	"DeepStack":            {ofDeepStack, 2, ""},
	"CodeProject.AI":       {ofCodeProject, 1, ""},
	"nothing":              {`{"success":true,"predictions":[]}`, 0, ""},
	"no list":              {`{"success":true}`, 0, ""},
	"null":                 {`{"success":true,"predictions":null}`, 0, ""},
	"failed":               {`{"success":false,"error":"no model","code":500}`, 0, FaultRefused},
	"failed, with a list":  {`{"success":false,"predictions":[{"label":"person","confidence":1}]}`, 0, FaultRefused},
	"something else":       {`{"status":"ok"}`, 0, FaultAnswer},
	"no object":            {`[]`, 0, FaultAnswer},
	"a page":               {`<html>Sign in</html>`, 0, FaultAnswer},
	"an end":               {`{"success":true,"predictions":[{"label":"per`, 0, FaultAnswer},
	"more behind it":       {`{"success":true} {"success":true}`, 0, FaultAnswer},
	"no text":              {"{\"success\":true,\"message\":\"\xff\xfe\"}", 0, FaultAnswer},
	"success in words":     {`{"success":"yes"}`, 0, FaultAnswer},
	"a number for a label": {`{"success":true,"predictions":[{"label":7,"confidence":1}]}`, 0, FaultAnswer},
	"endless confidence":   {`{"success":true,"predictions":[{"label":"person","confidence":1e999}]}`, 0, FaultAnswer},
	"no label":             {`{"success":true,"predictions":[{"label":" ","confidence":1},{"confidence":1}]}`, 0, ""},
	"a long label":         {`{"success":true,"predictions":[{"label":"` + strings.Repeat("a", maxLabel+1) + `","confidence":1},{"label":"` + strings.Repeat("a", maxLabel) + `","confidence":1}]}`, 1, ""},
	"control characters":   {`{"success":true,"predictions":[{"label":"per\u0007son","confidence":1}]}`, 0, ""},
	"unsure":               {`{"success":true,"predictions":[{"label":"person","confidence":0},{"label":"person","confidence":-1},{"label":"person","confidence":101},{"label":"person"}]}`, 0, ""},
	"very many":            {many(maxPredictions + 1), 0, FaultAnswer},
	"many":                 {many(maxPredictions), maxPredictions, ""},
	"huge":                 {`{"success":true,"message":"` + strings.Repeat(" ", maxAnswer) + `"}`, 0, FaultAnswer},
	"deep":                 {`{"success":true,"more":` + strings.Repeat("[", 40_000) + strings.Repeat("]", 40_000) + `}`, 0, FaultAnswer},
}

func many(n int) string {
	return `{"success":true,"predictions":[` + strings.TrimSuffix(strings.Repeat(`{"label":"car","confidence":0.5},`, n), ",") + `]}`
}

// TestAnswer: an answer is read within its bounds, and what is none is told apart.
func TestAnswer(t *testing.T) {
	for name, c := range answers {
		list, err := parseAnswer([]byte(c.text))
		var fault Fault
		if errors.As(err, &fault); fault != c.fault || len(list) != c.found {
			t.Errorf("%s: %d things, %v", name, len(list), err)
		}
	}
	list, err := parseAnswer([]byte(ofDeepStack))
	if err != nil || fmt.Sprint(list) != "[{person 0.9999949 294 90 450 515} {dog 0.99875224 648 350 792 545}]" {
		t.Errorf("%v, %v", list, err)
	}
	if list, _ = parseAnswer([]byte(`{"success":true,"predictions":[{"label":" person ","confidence":99,"x_max":3.5}]}`)); fmt.Sprint(list) != "[{person 0.99 0 0 3.5 0}]" {
		t.Errorf("in percent: %v", list)
	}
}

// FuzzAnswer: whatever comes is an answer within the bounds, or none.
func FuzzAnswer(f *testing.F) {
	for _, c := range answers {
		if len(c.text) < 1<<12 { // mutations of larger ones take all the time
			f.Add([]byte(c.text))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		var list []prediction
		var err error
		costtest.Within(t, func() { list, err = parseAnswer(b) })
		if !bytes.Equal(b, before) {
			t.Error("it was written to")
		}
		if err != nil && (!errors.Is(err, FaultAnswer) && !errors.Is(err, FaultRefused) || list != nil) || len(list) > maxPredictions {
			t.Errorf("%d things, %v", len(list), err)
		}
		for _, p := range list {
			if p.label == "" || len(p.label) > maxLabel || !utf8.ValidString(p.label) || !(p.confidence > 0 && p.confidence <= 1) {
				t.Errorf("%+v", p)
			}
			if box := p.box(640, 360); box != nil && !(box.Left >= 0 && box.Top >= 0 && box.Width > 0 && box.Height > 0 && box.Left+box.Width <= 1.0001 && box.Top+box.Height <= 1.0001) {
				t.Errorf("%+v of %+v", box, p)
			}
		}
	})
}
