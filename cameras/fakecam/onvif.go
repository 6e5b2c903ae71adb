package fakecam

const devicePath = "/onvif/device_service"

type onvifServer struct{ gate *gate }

func newONVIF(c *Camera) (*onvifServer, error) {
	g, err := listen(c.o.HTTPAddr)
	return &onvifServer{gate: g}, err
}
func (o *onvifServer) close()      { o.gate.Close() }
func (o *onvifServer) motion(bool) {}
