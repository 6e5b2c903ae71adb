package detector

import (
	"encoding/json"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxAnswer bounds an answer, in bytes: a hundred things on a picture are 15 kB.
	maxAnswer = 128 << 10
	// maxPredictions bounds how many things an answer names.
	maxPredictions = 256
	// maxLabel is how long a label is at most, in bytes: a longer one is none.
	maxLabel = 64
)

// prediction is one thing that a detector believes to be on a picture.
type prediction struct {
	label      string
	confidence float64 // from 0 to 1
	// of the box around it, in pixels
	left, top, right, bottom float64
}

// parseAnswer reads an answer: {"success": true, "predictions": [{"label", "confidence",
// "x_min", "y_min", "x_max", "y_max"}, …]} and more that does not matter. It returns
// FaultAnswer for what is none, and FaultRefused where the detector says that it failed.
// A thing without a label, or that nobody can be so sure of, is left out.
func parseAnswer(b []byte) ([]prediction, error) {
	var answer struct {
		Success     *bool `json:"success"`
		Predictions []struct {
			Label      string  `json:"label"`
			Confidence float64 `json:"confidence"`
			XMin       float64 `json:"x_min"`
			YMin       float64 `json:"y_min"`
			XMax       float64 `json:"x_max"`
			YMax       float64 `json:"y_max"`
		} `json:"predictions"`
	}
	if len(b) > maxAnswer || !utf8.Valid(b) || json.Unmarshal(b, &answer) != nil || answer.Success == nil {
		return nil, FaultAnswer
	}
	if !*answer.Success {
		return nil, FaultRefused
	}
	if len(answer.Predictions) > maxPredictions {
		return nil, FaultAnswer
	}
	var list []prediction
	for _, p := range answer.Predictions {
		label := strings.TrimSpace(p.Label)
		if label == "" || len(label) > maxLabel || strings.ContainsFunc(label, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }) {
			continue
		}
		confidence := p.Confidence
		if confidence > 1 { // the first DeepStack counted in percent
			confidence /= 100
		}
		if math.IsNaN(confidence) || confidence <= 0 || confidence > 1 {
			continue
		}
		list = append(list, prediction{label, confidence, p.XMin, p.YMin, p.XMax, p.YMax})
	}
	return list, nil
}
