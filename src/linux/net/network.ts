/** placeholder */
export class Network {}
