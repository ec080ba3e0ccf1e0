// A WebSocket client for tests, on a plain socket: node 18 has none of its own.
import {createHash, randomBytes} from 'node:crypto';
import {connect} from 'node:net';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function encode(opcode, text) {
  const body = Buffer.from(text);
  const mask = randomBytes(4);
  const head =
    body.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | body.length])
      : Buffer.from([0x80 | opcode, 0xfe, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, mask, body.map((byte, i) => byte ^ mask[i % 4])]);
}

// Text frames as objects: on.frame(object), on.close(code).  Fails if it is not let in.
export function openSocket(url, headers, on) {
  const {hostname, port, pathname, host} = new URL(url);
  const key = randomBytes(16).toString('base64');
  const lines = {
    Host: host,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': 13,
    'Sec-WebSocket-Protocol': 'deskbell.1',
    ...headers,
  };

  return new Promise((resolve, reject) => {
    const socket = connect(port, hostname);
    let got = Buffer.alloc(0);
    let open = false;
    let code = 1006;

    const takeFrame = () => {
      if (got.length < 2) return false;
      const opcode = got[0] & 15;
      let length = got[1] & 127;
      let at = 2;
      if (length == 126) {
        if (got.length < 4) return false;
        length = got.readUInt16BE(2);
        at = 4;
      } else if (length == 127) {
        if (got.length < 10) return false;
        length = Number(got.readBigUInt64BE(2));
        at = 10;
      }
      if (got.length < at + length) return false;
      const body = got.subarray(at, at + length);
      got = got.subarray(at + length);
      if (opcode == 1) on.frame(JSON.parse(body.toString()));
      if (opcode == 8) {
        code = length >= 2 ? body.readUInt16BE(0) : 1005;
        socket.end();
      }
      if (opcode == 9) socket.write(encode(10, body));
      return true;
    };

    socket.on('connect', () =>
      socket.write(
        `GET ${pathname} HTTP/1.1\r\n` +
          Object.entries(lines)
            .map(([k, v]) => `${k}: ${v}\r\n`)
            .join('') +
          '\r\n',
      ),
    );
    socket.on('data', data => {
      got = Buffer.concat([got, data]);
      if (!open) {
        const end = got.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = got.subarray(0, end).toString();
        const proof = createHash('sha1')
          .update(key + GUID)
          .digest('base64');
        if (!head.startsWith('HTTP/1.1 101') || !head.includes(proof)) {
          socket.destroy();
          return reject(new Error(`not let in: ${head.split('\r\n')[0]}`));
        }
        got = got.subarray(end + 4);
        open = true;
        resolve({
          send: frame => socket.write(encode(1, JSON.stringify(frame))),
          close: () => socket.destroy(),
        });
      }
      while (takeFrame());
    });
    socket.on('error', error => open || reject(error));
    socket.on('close', () => open && on.close && on.close(code));
  });
}
