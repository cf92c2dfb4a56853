/** What HAProxy of a balancer says over its socket. */
import type { Stage } from './stage.ts'

const socketScript = `import socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
link.sendall(sys.argv[2].encode() + b'\\n')
print(b''.join(iter(lambda: link.recv(65536), b'')).decode())`

/** `socket`: of the HAProxy for web traffic, or of the one for PostgreSQL. */
export const askHaproxy = (stage: Stage, node: string, command: string, socket: 'admin' | 'postgres' = 'admin') =>
  stage.on(node, 'python3', '-c', socketScript, `/run/haproxy/${socket}.sock`, command)
