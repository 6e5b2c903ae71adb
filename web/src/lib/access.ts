import type { CameraAccess, NewCameraAccess } from '../api/types';

/** What a form says of how a camera is reached. */
export type AccessForm = Omit<CameraAccess, 'password'> & { password: string };

/** What the hub is asked for: a password that was not typed stays what it is. */
export function changedAccess({ password, ...rest }: AccessForm): NewCameraAccess {
  return {
    main: rest.main.trim(),
    sub: rest.sub.trim(),
    onvif: rest.onvif.trim(),
    transport: rest.transport,
    username: rest.username.trim(),
    ...(password ? { password } : {}),
  };
}
