import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Argument,
  decodeId,
  encodeId,
  inputsOf,
  operation,
} from '../../src/engine/operation.ts';
import { sha256 } from '../../src/engine/sha256.ts';
import { nodeHasher } from '../../src/host/node/hash.ts';

test('sha256 agrees with the runtime at every length around a block', () => {
  for (let length = 0; length <= 130; length++) {
    const text = 'a'.repeat(length);
    expect(sha256(text)).toBe(nodeHasher.sha256(new TextEncoder().encode(text)));
  }
});

describe('operations', () => {
  const base = operation('Query.container', { platform: 'linux/arm64' });
  const first = operation('Container.from', { self: base, address: 'busybox' });

  test('equal construction gives equal digests, whatever the order of arguments', () => {
    const a = operation('x', { one: 1, two: [base, { k: 'v', j: null }] });
    const b = operation('x', { two: [base, { j: null, k: 'v' }], one: 1 });
    expect(a.digest).toBe(b.digest);
    expect(operation('x', { one: 2, two: [] }).digest).not.toBe(a.digest);
  });

  test('absent arguments do not count', () => {
    expect(operation('x', { a: undefined }).digest).toBe(operation('x', {}).digest);
  });

  test('an id holds the whole tree', () => {
    const second = operation('Container.withRootfs', {
      self: first,
      directory: operation('Container.rootfs', { self: first }),
    });
    const again = decodeId(encodeId(second));
    expect(again.digest).toBe(second.digest);
    expect(inputsOf(again).map(({ kind }) => kind)).toEqual(
      inputsOf(second).map(({ kind }) => kind),
    );
    expect(encodeId(again)).toBe(encodeId(second));
  });

  test('shared inputs are stored once and chains may be long', () => {
    let chain = first;
    for (let i = 0; i < 5000; i++) {
      chain = operation('Container.withLabel', { self: chain, name: 'n', value: `${i}` });
    }
    expect(decodeId(encodeId(chain)).digest).toBe(chain.digest);
    let doubled = first;
    for (let i = 0; i < 60; i++) doubled = operation('pair', { left: doubled, right: doubled });
    expect(encodeId(doubled).length).toBeLessThan(10_000);
  });

  test('any arguments survive', () => {
    const value: fc.Arbitrary<Argument> = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z]+$/), tie('value'), { maxKeys: 3 }),
      ),
    })).value as fc.Arbitrary<Argument>;
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]+$/), value), (args) => {
        const made = operation('any', { ...args, self: base });
        expect(decodeId(encodeId(made)).digest).toBe(made.digest);
      }),
      { seed: 7 },
    );
  });

  test.each([
    '',
    'x',
    btoa('{}'),
    btoa('[]'),
    btoa('[1]'),
    btoa('[["a",[]]]'),
    btoa('[["a",{"self":{"$":0}}]]'),
    btoa('[["a",{"self":{"$":"__proto__"}}]]'),
  ])('%j is no id', (id) => {
    expect(() => decodeId(id)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
