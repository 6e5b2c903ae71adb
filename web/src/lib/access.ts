import type { Refusal } from '../api/refusal';
import type { CameraAccess, NewCameraAccess } from '../api/types';

/** What a form says of how a camera is reached. */
export type AccessForm = Omit<CameraAccess, 'password'> & { password: string };

/** What the hub is asked for: a password that was not typed stays what it is. Untried, the device is not asked first. */
export function changedAccess({ password, ...rest }: AccessForm, untried = false): NewCameraAccess {
  return {
    main: rest.main.trim(),
    sub: rest.sub.trim(),
    onvif: rest.onvif.trim(),
    transport: rest.transport,
    username: rest.username.trim(),
    ...(password ? { password } : {}),
    ...(untried ? { untried } : {}),
  };
}

const IN_VAIN = ['password-refused', 'no-answer', 'locked-out'];

/** Whether the device was asked in vain, or could not be: what somebody enters may be right all the same. */
export function isInVain(refusal: Refusal): boolean {
  return IN_VAIN.includes(refusal.reason ?? '');
}
