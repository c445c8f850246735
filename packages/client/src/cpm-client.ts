import { notificationMediaType, notificationNamespace, type WaitingMessageInfo } from '@restante/cpm';
import { responseTo, type SipLog } from '@restante/sip';
import { ClientUserAgent } from './client-user-agent.ts';
import { DispositionReporter } from './disposition-reporter.ts';
import type { DispositionReport } from './disposition-report.ts';
import { ClientClosed } from './errors.ts';
import { type ClientIdentity, identityOf } from './identity.ts';
import { MessageReceiver } from './message-receiver.ts';
import { NotificationAssembly, type ReceivedNotification } from './notification-assembly.ts';
import type { ActOptions, ClientPlatform, CpmClientOptions, PullInstruction } from './options.ts';
import { type MessageDraft, MessageSender, type SentMessage } from './outgoing-message.ts';
import { Puller, type PullResult } from './pull.ts';
import type { ReceivedMessage } from './received-message.ts';
import { Registration } from './registration.ts';
import { routeTo } from './server-address.ts';
import { TargetLane } from './target-lane.ts';
import { type ReadOptions, ValueStream } from './value-stream.ts';
import { WaitingList } from './waiting-list.ts';

/** RFC 3428 section 8: unless every hop is known to be safe. */
const defaultPagerLimitBytes = 1300;
/** Via, Max-Forwards, tag, Call-ID, CSeq, Supported and Content-Length as the user agent core writes them. */
const coreOverheadBytes = 250;
/** How long closing waits for the registrar. */
const farewellMs = 2000;

/** The CPM Client of the pull mode (7.2.3.2.1): registers, is notified, pulls, receives, sends and reports. */
export class CpmClient implements AsyncDisposable {
  readonly #userAgent: ClientUserAgent;
  readonly #identity: ClientIdentity;
  readonly #options: CpmClientOptions;
  readonly #registration: Registration;
  readonly #puller: Puller;
  readonly #sender: MessageSender;
  readonly #reporter: DispositionReporter;
  readonly #waiting = new WaitingList();
  readonly #assembly: NotificationAssembly;
  readonly #notifications: ValueStream<ReceivedNotification>;
  readonly #messages: ValueStream<ReceivedMessage>;
  readonly #dispositions: ValueStream<DispositionReport>;
  #closing: Promise<void> | undefined;

  constructor(options: CpmClientOptions, platform: ClientPlatform) {
    const { clock, random } = platform;
    const { log, bufferedValues = 1000, deferredManagementUri } = options;
    this.#options = options;
    const route = routeTo(options.server, platform.transports);
    const identity = identityOf(options, route.transport, random);
    this.#identity = identity;
    const userAgent = new ClientUserAgent(options, platform, identity, route, () =>
      this.#registration.flowBroke(),
    );
    this.#userAgent = userAgent;
    this.#notifications = new ValueStream(bufferedValues);
    this.#messages = new ValueStream(bufferedValues);
    this.#dispositions = new ValueStream(bufferedValues);
    this.#assembly = new NotificationAssembly(clock, (notification) => this.#notified(notification));
    const common = { identity, userAgent, clock, random, log };
    const registration = new Registration({ ...common, seconds: options.registrationSeconds ?? 3600 });
    this.#registration = registration;
    this.#puller = new Puller({ ...common, registration, deferredManagementUri });
    this.#sender = new MessageSender({
      ...common,
      registration,
      lane: new TargetLane(),
      limitBytes: options.pagerLimitBytes ?? defaultPagerLimitBytes,
      overheadBytes: coreOverheadBytes + route.outboundProxy.join().length,
    });
    this.#reporter = new DispositionReporter({ ...common, sender: this.#sender });
    this.#serve(log);
  }

  /** Registers this device and keeps it registered. Rejects with RegistrationRefused, AuthenticationFailed, RetryLater and their like. */
  async register(options: ActOptions = {}): Promise<void> {
    this.#throwIfClosed();
    await this.#registration.register(options);
  }

  /** Takes the registration away; closing does it too. */
  async unregister(options: ActOptions = {}): Promise<void> {
    await this.#registration.unregister(options);
  }

  get isRegistered(): boolean {
    return this.#registration.isRegistered;
  }

  /** The public GRUU that the registrar gave this device (RFC 5627). */
  get gruu(): string | undefined {
    return this.#registration.gruu;
  }

  /** The device's name, for `instance` of the next start. */
  get instance(): string {
    return this.#identity.instance;
  }

  /** What was last known to wait: the latest notification less what was pulled since. */
  get waiting(): readonly WaitingMessageInfo[] {
    return this.#waiting.messages;
  }

  /** How many messages wait; can be more than `waiting` lists. */
  get waitingCount(): number {
    return this.#waiting.number;
  }

  /**
   * Has deferred messages handled (7.2.3.2.1): everything delivered, or each named message-URI-ID as its action says; what
   * is not named stays deferred. Resolves when the network took the instructions; deliveries come by `messages()`,
   * before, while and after. Rejects with PullRefused, RetryLater, AuthenticationFailed, NetworkTimeout, NotProvisioned, or with
   * RequestTimeout or TransportFailure of the SIP stack.
   */
  async pull(instruction: PullInstruction = 'everything', options: ActOptions = {}): Promise<PullResult> {
    this.#throwIfClosed();
    const result = await this.#puller.pull(instruction === 'everything' ? undefined : instruction, options);
    this.#waiting.instructed(instruction);
    return result;
  }

  /** Sends a message in pager mode. Rejects with MessageTooLarge, MessageRefused, RetryLater and their like. */
  async send(draft: MessageDraft): Promise<SentMessage> {
    this.#throwIfClosed();
    return this.#sender.send(draft);
  }

  /** Notifications of what waits, of the provisioned URI only (CL-13), parts joined. */
  deferredNotifications(options: ReadOptions = {}): AsyncIterable<ReceivedNotification> {
    return this.#notifications.read(options);
  }

  /** Messages for the user, each once. */
  messages(options: ReadOptions = {}): AsyncIterable<ReceivedMessage> {
    return this.#messages.read(options);
  }

  /** What became of messages that were sent. */
  dispositions(options: ReadOptions = {}): AsyncIterable<DispositionReport> {
    return this.#dispositions.read(options);
  }

  /** Takes the registration away, ends every loop, closes the sockets. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#registration.unregister({ timeoutMs: farewellMs }).catch((error: unknown) => {
      this.#options.log?.info({ error, user: this.#identity.user }, 'registration left to expire');
    });
    this.#assembly.close();
    this.#reporter.close();
    for (const stream of [this.#notifications, this.#messages, this.#dispositions]) stream.close();
    await this.#userAgent.close();
  }

  #serve(log: SipLog | undefined): void {
    const options = this.#options;
    const receiver = new MessageReceiver({
      deferredManagementUri: options.deferredManagementUri,
      notificationMediaType: options.notificationMediaType ?? notificationMediaType,
      notificationNamespace: options.notificationNamespace ?? notificationNamespace,
      maxContentBytes: options.maxContentBytes ?? 1024 * 1024,
      notifications: this.#assembly,
      messages: this.#messages,
      dispositions: this.#dispositions,
      waiting: this.#waiting,
      reporter: this.#reporter,
      log,
    });
    this.#userAgent.handle({
      MESSAGE: (incoming) => receiver.receive(incoming),
      OPTIONS: (incoming) =>
        incoming.respond(
          responseTo(incoming.request, 200, { headers: [['Accept', receiver.acceptedTypes]] }),
        ),
    });
  }

  #notified(notification: ReceivedNotification): void {
    this.#waiting.notified(notification);
    if (!this.#notifications.push(notification))
      this.#options.log?.info(
        { number: notification.number },
        'nobody reads notifications: the oldest is gone',
      );
    const instruction = this.#options.autoPull?.(notification);
    if (instruction === undefined || this.#closing) return;
    this.pull(instruction).catch((error: unknown) =>
      this.#options.log?.warn({ error }, 'automatic pull failed'),
    );
  }

  #throwIfClosed(): void {
    if (this.#closing) throw new ClientClosed();
  }
}
