package httpapi

import (
	"strings"
	"unicode"
)

const (
	// maxAgent bounds what of a User-Agent is looked at, and shown if it says
	// nothing that is known here.
	maxAgent  = 512
	maxDevice = 40 // characters
)

// What a User-Agent is searched for, in this order: many name others too.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

// deviceOf is what a browser calls itself, short enough for a list: "Firefox on
// Linux". It tells people their devices apart and proves nothing.
func deviceOf(agent string) string {
	agent = agent[:min(len(agent), maxAgent)]
	browser, system := firstOf(browsers, agent), firstOf(systems, agent)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	var b strings.Builder
	n := 0
	for _, r := range agent {
		if n++; n > maxDevice {
			break
		}
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

func firstOf(list [][2]string, agent string) string {
	for _, x := range list {
		if strings.Contains(agent, x[0]) {
			return x[1]
		}
	}
	return ""
}
