package probe

import (
	"slices"
	"strings"
)

// wellKnown is where cameras of a maker have their streams.
type wellKnown struct {
	// vendor is spelled as discovery spells it; "" for cameras without a name.
	vendor    string
	main, sub string // paths with their queries; sub "" where there is none
	source    string
}

// The sources of the table that name more than one maker.
const (
	frigate = "docs.frigate.video/configuration/camera_specific"
	camio   = "github.com/CamioCam/rtsp cameras/paths.csv"
	viewer  = "github.com/thephez/onvif-viewer URL Templates.txt"
	summary = "cnblogs.com/cherishthepresent/p/16584425.html"
)

// paths is data, in the order in which it is tried where the maker is not known:
// what most cameras have first. Paths that carry a password are not in it. A new
// maker is a new row.
func paths() []wellKnown {
	return []wellKnown{
		{"Hikvision", "/Streaming/Channels/101", "/Streaming/Channels/102", frigate},
		{"Dahua", "/cam/realmonitor?channel=1&subtype=0", "/cam/realmonitor?channel=1&subtype=1", frigate},
		{"Reolink", "/h264Preview_01_main", "/h264Preview_01_sub", frigate},
		{"Reolink", "/Preview_01_main", "/Preview_01_sub", frigate},
		{"Reolink", "/h265Preview_01_main", "/h265Preview_01_sub", "pastebin.com/xpja3vNv, RLC-810A"},
		{"TP-Link", "/stream1", "/stream2", "TP-Link support, FAQ 2680"},
		{"Axis", "/axis-media/media.amp", "/axis-media/media.amp?resolution=640x360", camio + "; VAPIX Video Streaming API 3"},
		{"Uniview", "/media/video1", "/media/video2", "blog.csdn.net/hzhouhangkeji/article/details/133701174"},
		{"Uniview", "/video1", "/video2", summary},
		{"Uniview", "/media/video1/video", "/media/video2/video", "github.com/q191201771/lal, tests of descriptions"},
		{"Hanwha", "/profile2/media.smp", "/profile3/media.smp", "support.hanwhavision.eu 4414178841746"},
		{"Hanwha", "/onvif/profile2/media.smp", "/onvif/profile3/media.smp", viewer},
		{"Bosch", "/rtsp_tunnel?h26x=4&line=1&inst=1", "/rtsp_tunnel?h26x=4&line=1&inst=2", viewer},
		{"Bosch", "/rtsp_tunnel", "", camio},
		{"Annke", "/H264/ch1/main/av_stream", "/H264/ch1/sub/av_stream", frigate},
		{"Hikvision", "/h264/ch1/main/av_stream", "/h264/ch1/sub/av_stream", "cnblogs.com/132818Creator/p/11137303.html"},
		{"Hikvision", "/PSIA/streaming/channels/101", "/PSIA/streaming/channels/102", camio},
		{"Foscam", "/videoMain", "/videoSub", camio + ", the main one"},
		{"D-Link", "/live1.sdp", "/live3.sdp", camio},
		{"Panasonic", "/MediaInput/h264", "", camio},
		{"Pelco", "/stream1", "/stream2", viewer},
		{"Infinova", "/1/h264major", "/1/h264minor", summary},
		{"Huawei", "/LiveMedia/ch1/Media1", "/LiveMedia/ch1/Media2", summary},
		{"Avycon", "/profile1", "/profile2", "avycon.freshdesk.com 36000299004"},
		{"Avycon", "/main", "/sub", "avycon.freshdesk.com 36000328602"},
		{"Yi", "/ch0_0.h264", "/ch0_1.h264", "github.com/alienatedsec/yi-hack-v5 wiki"},
		{"Digital Watchdog", "/rtsp/unicast/live/profile-1", "", camio},
		{"Amlink", "/video/livemedia?Ch=1&Streamtype=0", "/video/livemedia?Ch=1&Streamtype=1", "support.amlinksecurity.com 44398436425101"},
		{"", "/live.sdp", "", summary},
		{"", "/", "", camio},
	}
}

// sisters have the paths of the maker that builds for them.
func sisters() map[string]string {
	return map[string]string{"Amcrest": "Dahua", "Lorex": "Dahua", "Intelbras": "Dahua", "FLIR": "Dahua", "Ezviz": "Hikvision", "LTS": "Hikvision"}
}

// pathsFor is the table with a vendor's rows first, and before all what the
// device was heard to say itself, if anything. No path comes twice.
func pathsFor(vendor, said string) (out []wellKnown) {
	if said != "" && said != "/" {
		out = append(out, wellKnown{main: said, source: "the device"})
	}
	if sister, ok := sisters()[vendor]; ok {
		vendor = sister
	}
	rows := paths()
	slices.SortStableFunc(rows, func(a, b wellKnown) int {
		own := func(w wellKnown) int {
			if vendor != "" && strings.EqualFold(w.vendor, vendor) {
				return 0
			}
			return 1
		}
		return own(a) - own(b)
	})
	for _, row := range rows {
		at := slices.IndexFunc(out, func(w wellKnown) bool { return w.main == row.main })
		switch {
		case at < 0:
			out = append(out, row)
		case out[at].sub == "":
			out[at].sub = row.sub
		}
	}
	return out
}
