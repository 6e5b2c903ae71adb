// Asks an ONVIF device all that it needs to know, moves it, waits for an event, and prints
// what it learned as JSON: node client.js HOST PORT USER PASSWORD
const { Cam } = require('onvif')

const [hostname, port, username, password] = process.argv.slice(2)
const cam = new Cam({ hostname, port: Number(port), username, password, timeout: 10000, autoconnect: false })
const ask = (what, ...args) =>
  new Promise((done, failed) => cam[what](...args, (err, answer) => (err ? failed(new Error(`${what}: ${err.message}`)) : done(answer))))

async function main() {
  await ask('connect')
  const out = { ...(await ask('getDeviceInformation')), profiles: [] }
  for (const p of cam.profiles) {
    const { width, height } = p.videoEncoderConfiguration.resolution
    out.profiles.push({ token: p.$.token, width, height, uri: (await ask('getStreamUri', { protocol: 'RTSP', profileToken: p.$.token })).uri })
  }
  const profileToken = out.profiles[0].token
  out.snapshot = (await ask('getSnapshotUri', { profileToken })).uri
  out.presets = Object.keys(await ask('getPresets', { profileToken }))
  await ask('gotoPreset', { profileToken, preset: 'preset_2' })
  await ask('setImagingSettings', { token: cam.activeSource.sourceToken, brightness: 30 })
  out.brightness = (await ask('getImagingSettings', { token: cam.activeSource.sourceToken })).brightness
  out.event = await new Promise((heard) =>
    cam.on('event', (m) => {
      const item = m.message.message.data.simpleItem
      if (item && item.$.Name === 'IsMotion' && item.$.Value === true) heard(m.topic._)
    })
  )
  await ask('unsubscribe').catch(() => {}) // it knows no subscription it made itself
  console.log(JSON.stringify(out))
  process.exit(0)
}

main().catch((err) => {
  console.error(err.message)
  process.exit(1)
})
