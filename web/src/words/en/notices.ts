/** What somebody has to know. */
export const notices = {
  'notice.title': 'You should know',
  'notice.read': 'I have read this',
  'notice.look': 'Read',
  'notice.waiting': '{n, plural, one {There is # notice for you.} other {There are # notices for you.}}',
  'notice.crossing': 'A mix-up inside the hub was stopped before anything was shown. It concerned {camera}.',
  'notice.crossing.identity':
    'A camera that another account entered on this hub is the same device as {camera}. It was refused there: nothing of it was shown or recorded.',
  'notice.crossing.password':
    'A camera that another account entered on this hub has the user name and password of {camera}, and nothing tells the two apart. It was refused. If others know this password, or the maker gave it, choose another one for {camera}.',
  'notice.crossing.connection': 'A second sign-in over one connection was refused.',
  'notice.incident-affected': 'The hub was checked after an incident: something of {camera}, or meant for you, reached somebody without a right to it. Look under Check.',
  'notice.incident-not-affected': 'The hub was checked after an incident: nothing of yours reached anybody without a right to it.',
  'notice.unconfirmed': '{name} has new keys. Until you confirm under People that it is them, {name} sees nothing of {camera} and can change nothing about it.',
  'notice.account-recovered': 'The account of {name} got a new password and new keys at the hub’s console. If {name} did not ask for it, stop sharing.',
  'notice.account-rotated': '{name} has new keys: somebody may have known the old ones.',
  'notice.rotation-finished':
    'Your keys were changed, and the hub’s database did not have that: the hub was cut off meanwhile, or got an older database. It took the change over at its start. All sign-ins, tokens and guest links of yours have ended. If you had a second factor, it is off: set it up again under Account, and make a new recovery code there.',
  'notice.password-finished':
    'Your password was changed, and the hub’s database did not have that: the hub was cut off meanwhile, or got an older database. It took the change over at its start. The newer password holds, and all earlier sign-ins of yours have ended.',
  'notice.recovery-code-finished':
    'Your recovery code was replaced, and the hub’s database did not have that: the hub was cut off meanwhile, or got an older database. It took the newer code over at its start, and the older one opens nothing any more. If you are not sure that you kept the newer one, make another under Account.',
  'notice.repaired':
    'The hub’s database, or the keys beside its recordings, were lost or damaged, and were made anew at its console. Your sign-ins, tokens and guest links of before have ended, and what was newer than what they were made of is gone. Look whether your cameras, whom you share them with, and your second factor are as you left them.',
  'notice.offer-declined': '{name} declined {camera}, which you offered. It stays yours.',
  'notice.offer-accepted': '{name} took over {camera}, which you offered. It is theirs from now on, and whom you shared it with sees it no more.',
  'notice.second-factor-tried': 'Somebody who has your password or recovery code tried ten wrong codes of your second factor. If it was not you, choose “Someone may know my password” under Account.',
  'notice.recovery-tried': 'Somebody tried ten wrong recovery codes for your account. Whoever tried ten from one device waits there for a day; your code works from any other.',
  'notice.locked-out':
    '{name} locked the whole hub down, from {from} to {to}{n, plural, =1 {} other {, the last of # times}}. You were shut out: your sessions ended, and your tokens and guest links were refused meanwhile. The cameras recorded on.',
  'notice.camera-offline': '{camera} sends no pictures.',
  'notice.camera-offline.frozen': 'The picture of {camera} stands still.',
  'notice.camera-moved': '{camera} has another address now, {address}. The hub recognised it there and goes on.',
  'notice.camera-twice':
    '{camera} and a camera of somebody else on this hub may be one device: nothing that the hub compares tells them apart. If nobody else is meant to watch it, change the password in the device itself. If these are two devices behind one address, give both ONVIF, so that the hub can tell them apart.',
  'notice.recording-stopped': 'Nothing of {camera} is recorded, although it is to be. Its page and the hub’s log say more.',
  'notice.recording-stopped.camera': 'Nothing of {camera} is recorded: of what it sends nothing can be. Restart the camera, or look at its settings.',
  'notice.recording-stopped.disk': 'Nothing of {camera} is recorded: the disk is missing, full, too slow or fails.',
  'notice.recording-stopped.overload': 'Nothing of {camera} is recorded: the hub is too slow for what it sends. A lower data rate helps.',
  'notice.recording-stopped.partly.camera': 'Not all of {camera} is recorded: again and again it sends nothing for a while. Look at its network and its power.',
  'notice.recording-stopped.partly.disk': 'Not all of {camera} is recorded: again and again the disk is too slow, or fails.',
  'notice.recording-stopped.partly.overload': 'Not all of {camera} is recorded: again and again the hub is too slow for what it sends. A lower data rate helps.',
  'notice.recording-back': '{camera} is recorded again, as it is to be. It was not for {span}.',
  'notice.disk-trouble': 'The disk for recordings is not well.',
  'notice.disk-trouble.missing': 'The disk for recordings is not there: nothing is recorded. Connect or mount it, and it goes on by itself; if it is lost for good, the hub’s log says how a new one takes its place.',
  'notice.disk-trouble.read-only': 'The disk for recordings can only be read: nothing is recorded. Linux does that to a disk that fails: look at it, then mount it for writing again.',
  'notice.disk-trouble.full': 'The disk for recordings is full: nothing is recorded until there is space. Only what is starred is left, or something else fills the disk.',
  'notice.disk-trouble.fails': 'The disk for recordings reports errors, or cannot be written: nothing is recorded. The hub’s log says more; it goes on by itself once the disk is well.',
  'notice.disk-trouble.slow': 'The disk for recordings is too slow: what comes waits for it, and is lost if that lasts. It may be failing, or something else keeps it busy.',
  'notice.disk-trouble.named': 'The disk “{name}” is not well. What is recorded to other disks goes on.',
  'notice.disk-trouble.named.missing': 'The disk “{name}” is not there: nothing is recorded to it. Connect or mount it, and it goes on by itself; if it is lost for good, the hub’s log says how a new one takes its place. What is recorded to other disks goes on.',
  'notice.disk-trouble.named.read-only': 'The disk “{name}” can only be read: nothing is recorded to it. Linux does that to a disk that fails: look at it, then mount it for writing again.',
  'notice.disk-trouble.named.full': 'The disk “{name}” is full: nothing is recorded to it until there is space. Only what is starred is left, or something else fills it.',
  'notice.disk-trouble.named.fails': 'The disk “{name}” reports errors, or cannot be written: nothing is recorded to it. The hub’s log says more; it goes on by itself once the disk is well.',
  'notice.disk-trouble.named.slow': 'The disk “{name}” is too slow: what comes waits for it, and is lost if that lasts. It may be failing, or something else keeps it busy.',
  'notice.disk-back.named': 'The disk “{name}” is well again. It was not for {span}.',
  'notice.disk-back': 'The disk for recordings is well again. It was not for {span}.',
  'notice.database-trouble': 'The hub’s database takes nothing: recordings go on, but new ones are not listed, and nothing can be changed. The hub’s log says more.',
  'notice.database-trouble.full':
    'The disk of the hub’s database is full, or nearly. Recordings go on, but new ones are not listed, nothing can be changed, and nobody is told anything, until there is space: free some.',
  'notice.database-trouble.read-only':
    'The disk of the hub’s database can only be read. Recordings go on, but new ones are not listed and nothing can be changed. Linux does that to a disk that fails: look at it, then mount it for writing again.',
  'notice.database-trouble.fails': 'The hub’s database cannot be written. Recordings go on, but new ones are not listed and nothing can be changed. Its disk may be failing: the hub’s log says more.',
  'notice.database-back': 'The hub’s database takes what is written to it again. It did not for {span}; what was recorded meanwhile is listed now.',
  'notice.recording-damaged':
    'A recording of {camera} is not as the hub wrote it any more: what was changed of it does not play. If nobody was at the hub’s disk, the disk may be failing.',
  'notice.recording-damaged.disk':
    'A recording on this hub is not as it was written any more. If nobody was at its disk, the disk may be failing: copy the recordings away, and run lares verify clips, which names every one that is damaged.',
  'notice.journal-crowded':
    '{name} does so much that the journal could not keep who saw what for a year. Until it is less, the hub refuses most of what is asked for from that account. If you do not know why, end its sessions and tokens.',
  'notice.camera-elsewhere':
    '{camera} does not answer, and a device at {address} says that it is this camera. The hub cannot check that without giving the password away, so it does not go there. Open the camera’s page to say whether it is yours.',
  'notice.camera-back': '{camera} is back. It was away for {span}.',
  'notice.unknown': 'Something happened that you should know: {kind}.',
} as const;
