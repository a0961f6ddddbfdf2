/** Sessions at a terminal: what is typed, and what must appear before the next thing is typed. */

export interface Step {
  readonly type: string;
  /** Text of the output that answers it. */
  readonly until: string;
}

export interface Session {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** busybox's shell asks where the cursor is after every prompt. */
const prompt = '$ \u001b[6n';

/**
 * A program says so before it reads: then the shell's line editor has given the terminal back, and
 * what is typed is echoed by the terminal itself.
 */
const go = '\r\ngo\r\n';

function run(command: string, until: string = prompt): Step {
  return { type: `${command}\n`, until };
}

const [ETX, EOT, SUB] = ['\u0003', '\u0004', '\u001a'];

export const sessions: readonly Session[] = [
  {
    name: 'job control',
    steps: [
      run('stty rows 24 cols 80; stty size'),
      run('echo go; cat', go),
      run('x', 'x\r\nx\r\n'),
      { type: SUB!, until: prompt },
      run('jobs'),
      run('fg', 'cat\r\n'),
      run('y', 'y\r\ny\r\n'),
      { type: ETX!, until: prompt },
      run('echo $?'),
      run('trap "echo INT" INT'),
      { type: ETX!, until: prompt },
      run('trap - INT; stty tostop'),
      run('stty -tostop; echo go; cat', go),
      run('z', 'z\r\nz\r\n'),
      { type: EOT!, until: prompt },
      run('exit 3', 'exit 3\r\n'),
    ],
  },
  {
    name: 'line editing and settings',
    steps: [
      run('stty rows 24 cols 80; stty -a'),
      run('echo go; cat', go),
      { type: 'ab\u007fc\n', until: 'ac\r\n' },
      { type: 'a\tb\u0015x y\u0017z\u0016\u0003\n', until: 'x z\u0003\r\n' },
      { type: 'ab\u0012c\n', until: 'abc\r\nabc\r\n' },
      { type: EOT!, until: prompt },
      run('stty -echoe -echoke; echo go; cat', go),
      { type: 'abc\u007f\u007fd\u0015e\n', until: 'e\r\ne\r\n' },
      { type: EOT!, until: prompt },
      run('stty sane; stty -echo; echo silent; stty echo'),
      run('stty -icanon min 3 time 0; echo ready; head -c 3; stty sane', 'ready\r\n'),
      { type: 'abc', until: prompt },
      run('stty -icanon min 0 time 1; head -c 3; echo nothing; stty sane'),
      run('stty -onlcr; echo stairs; stty onlcr'),
      run('stty raw; echo raw; head -c 2 | od -c; stty sane', 'raw\n'),
      { type: '\u0003\u001a', until: prompt },
      run('stty -isig; echo go; cat -v', go),
      { type: '\u0003\u001a\n', until: '^C^Z\r\n^C^Z\r\n' },
      { type: EOT!, until: prompt },
      run('exit', 'exit\r\n'),
    ],
  },
  {
    name: 'vi',
    steps: [
      run('stty rows 24 cols 80; TERM=vt100 vi f', '- f 1/1 100%\u001b[1;1H'),
      { type: 'ihello\nworld', until: 'world' },
      { type: '\u001b', until: '\u001b[2;5H' },
      { type: ':wq\n', until: prompt },
      run('cat f'),
      run('vi f', '- f 1/2 50%\u001b[1;1H'),
      { type: ':q\n', until: prompt },
      run('exit', 'exit\r\n'),
    ],
  },
];

export type Send = (bytes: string) => void;

/** Types a session into a terminal as its output allows. */
export class Typist {
  output: string = '';
  readonly #steps: Step[];
  readonly #send: Send;
  #from: number = 0;
  #until: string = prompt;

  constructor(session: Session, send: Send) {
    this.#steps = [...session.steps];
    this.#send = send;
  }

  /** Steps that have not been typed. */
  get left(): number {
    return this.#steps.length;
  }

  saw(text: string): void {
    this.output += text;
    const at = this.output.indexOf(this.#until, this.#from);
    const next = at < 0 ? undefined : this.#steps.shift();
    if (!next) return;
    this.#from = this.output.length;
    this.#until = next.until;
    this.#send(next.type);
  }
}
