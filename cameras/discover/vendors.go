package discover

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lares/cameras/internal/wire"
)

// vendor is how the devices of one maker can be told by what they say of
// themselves.
type vendor struct {
	name string
	// words are in its names and descriptions, in lower case.
	words []string
	// models are beginnings of its model names, in upper case.
	models []string
	// ouis are beginnings of its link layer addresses, in hex.
	ouis string
	// cameras says that whatever the vendor makes is a camera or recorder: its
	// word alone makes a device of other protocols one.
	cameras bool
}

// vendors is data with its source: model names of the makers' public lists,
// addresses of the IEEE MA-L registry as of August 2022. NETSurveillance is the
// title of Xiongmai's web pages, whatever the label on the device. A new maker is a
// new row. The first row that fits counts.
var vendors = []vendor{
	{"Axis", []string{"axis"}, []string{"AXIS "}, "00408c accc8e b8a44f", true},
	{"Hikvision", []string{"hikvision"}, []string{"DS-2CD", "DS-2DE", "DS-2XS", "DS-7", "DS-KV"}, "040312 085411 08a189 1012fb 1868cb 240f9b 2428fd 2432ae 24b105 2857be 2ca59c 3c1bf8 40acbf 4419b6 4447cc 44a642 4cbd8f 4cf5dc " +
		"54c415 5803fb 5850ed 64db8b 686dbc 80beaf 849a40 8ce748 94e1ac 988b0a 989de5 98df82 98f112 a0ff0c a41437 acb92f accb51 b4a382 " +
		"bc5e33 bc9b5e bcad28 bcbac2 c0517e c056e3 c06ded c42f90 d4e853 e0baad e0ca3c e8a0ed ecc89c f84dfc fc9ffd", true},
	{"Dahua", []string{"dahua"}, []string{"DH-", "DHI-", "IPC-H", "IPC-K", "SD4", "SD5"}, "08eded 14a78b 24526a 38af29 3ce36b 3cef8c 4c11bf 5cf51a 6c1c71 74c929 8ce9b4 9002a9 9c1463 a0bd1d b44c3b bc325f c0395a c4aac4 " +
		"d4430e e0508b e4246c f4b1c2 fc5f49 fcb69d", true},
	{"Amcrest", []string{"amcrest"}, []string{"IP8M-", "IP5M-", "IP4M-", "IP2M-"}, "9c8ecd", true},
	{"Reolink", []string{"reolink"}, []string{"RLC-", "RLN", "E1 "}, "ec71db", true},
	{"TP-Link", []string{"tapo", "tp-link", "tplink", "vigi"}, []string{"VIGI ", "TAPO "}, "", false},
	{"Uniview", []string{"uniview", "unv"}, []string{"IPC32", "IPC36", "IPC23"}, "48ea63 6cf17e c47905", true},
	{"Bosch", []string{"bosch", "flexidome", "dinion", "autodome"}, nil, "000131 000463 00075f 001c44", false},
	{"Hanwha", []string{"hanwha", "wisenet"}, []string{"XNV-", "XNO-", "XND-", "QNV-", "QNO-", "QND-", "PNM-"}, "000918 e43022", true},
	{"Vivotek", []string{"vivotek"}, nil, "0002d1", true},
	{"Mobotix", []string{"mobotix"}, nil, "0003c5", true},
	{"Foscam", []string{"foscam"}, nil, "", true},
	{"Ubiquiti", []string{"ubiquiti", "unifi"}, []string{"UVC "}, "", false},
	{"Annke", []string{"annke"}, nil, "", true},
	{"Lorex", []string{"lorex"}, nil, "001f54", true},
	{"Ezviz", []string{"ezviz"}, []string{"CS-C"}, "588fcf 64f2fb 78a6a0 78c1ae ec97e0", true},
	{"DoorBird", []string{"doorbird"}, nil, "", true},
	{"Sony", []string{"sony"}, []string{"SNC-"}, "", false},
	{"Panasonic", []string{"panasonic", "i-pro"}, []string{"WV-"}, "", false},
	{"Aqara", []string{"aqara"}, nil, "", false},
	{"Eufy", []string{"eufy"}, nil, "", false},
	{"Intelbras", []string{"intelbras"}, nil, "", false},
	{"Xiongmai", []string{"xiongmai", "xmeye", "netsurveillance"}, nil, "", true},
}

// cameraWords make a device a camera where its protocol alone does not: HTTP
// servers and UPnP devices are printers and televisions as well.
var cameraWords = []string{"camera", "ipcam", "webcam", "doorbell", "network video", "nvr", "dvr", "onvif", "surveillance"}

// nameVendor spells the vendor as everybody here does, or finds it by model,
// name or link layer address.
func nameVendor(s *wire.Sighting) {
	if v, ok := vendorOf(s.Vendor, s.Model, s.Name); ok {
		s.Vendor = v.name
		return
	}
	if v, ok := vendorOfMAC(s.MAC); ok && s.Vendor == "" {
		s.Vendor = v.name
	}
}

// vendorOfMAC finds the maker to whom a link layer address was given.
func vendorOfMAC(mac string) (vendor, bool) {
	if len(mac) < len("aa:bb:cc") {
		return vendor{}, false
	}
	oui := strings.ReplaceAll(mac[:8], ":", "")
	at := slices.IndexFunc(vendors, func(v vendor) bool { return slices.Contains(strings.Fields(v.ouis), oui) })
	if at < 0 {
		return vendor{}, false
	}
	return vendors[at], true
}

// vendorOf finds the maker that one of the texts names, the first text first.
func vendorOf(texts ...string) (vendor, bool) {
	for _, text := range texts {
		if text == "" {
			continue
		}
		upper := strings.ToUpper(text)
		for _, v := range vendors {
			for _, model := range v.models {
				if strings.HasPrefix(upper, model) {
					return v, true
				}
			}
			for _, word := range v.words {
				if hasWord(text, word) {
					return v, true
				}
			}
		}
	}
	return vendor{}, false
}

// looksLikeCamera reports whether one of the texts says so.
func looksLikeCamera(texts ...string) bool {
	for _, text := range texts {
		for _, word := range cameraWords {
			if hasWord(text, word) {
				return true
			}
		}
	}
	v, ok := vendorOf(texts...)
	return ok && v.cameras
}

// hasWord finds a word in a text, with nothing of its kind beside it: "nvr" is
// not in "environment", and a plural is.
func hasWord(text, word string) bool {
	text = strings.ToLower(text)
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		begin := at + i
		before, _ := utf8.DecodeLastRuneInString(text[:begin])
		rest := text[begin+len(word):]
		after, _ := utf8.DecodeRuneInString(rest)
		afterPlural, _ := utf8.DecodeRuneInString(strings.TrimPrefix(rest, "s"))
		if !unicode.IsLetter(before) && (!unicode.IsLetter(after) || !unicode.IsLetter(afterPlural)) {
			return true
		}
		at = begin + 1
	}
}
