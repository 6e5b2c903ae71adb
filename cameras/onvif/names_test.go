package onvif

import (
	"strings"
	"testing"
)

// TestNames: whose a notification is, its Source says by the items that name a video
// source; what somebody may call as he likes says nothing.
func TestNames(t *testing.T) {
	own := []string{"source_1", "config_1"}
	for name, c := range map[string]struct {
		source, key string
		want        bool
	}{
		"configuration":             {item("VideoSourceConfigurationToken", "config_1"), "", true},
		"configuration, newer":      {item("VideoSourceConfiguration", "config_1"), "", true},
		"source":                    {item("Source", "source_1"), "", true},
		"source token":              {item("VideoSourceToken", "source_1"), "", true},
		"source of a region":        {item("VideoSource", "source_1"), "", true},
		"with a rule":               {item("VideoSourceConfigurationToken", "config_1") + item("Rule", "config_2"), "", true},
		"a neighbour's":             {item("VideoSourceConfigurationToken", "config_2"), "", false},
		"a neighbour's rule":        {item("VideoSourceConfigurationToken", "config_2") + item("Rule", "config_1"), "", false},
		"a rule alone":              {item("Rule", "source_1"), "", false},
		"analytics":                 {item("VideoAnalyticsConfigurationToken", "config_1"), "", false},
		"an input":                  {item("InputToken", "source_1"), "", false},
		"an object":                 {item("VideoSourceConfigurationToken", "config_2"), item("ObjectId", "config_1"), false},
		"a source that is no key":   {"", item("Source", "source_1"), false},
		"of both":                   {item("Source", "source_1") + item("VideoSource", "source_2"), "", false},
		"named by another's letter": {item("source", "source_1"), "", false},
		"none":                      {"", "", false},
		"empty":                     {item("Source", ""), "", false},
	} {
		m := message("tns1:RuleEngine/CellMotionDetector/Motion", "Changed", c.source, item("IsMotion", "true"))
		m = strings.Replace(m, "</tt:Source>", "</tt:Source><tt:Key>"+c.key+"</tt:Key>", 1)
		if got := parseOne(t, m).Names(append(own, "")); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
