// What activitypub-express keeps, in memory: it comes with a store on MongoDB and an interface for others. Objects and activities are
// its own partly expanded JSON-LD (values are lists); `_meta` is its private part, with the collections that an activity is in.

const copied = (value) => (value == null ? null : structuredClone(value));

function shown(record, withMeta) {
  const copy = copied(record);
  if (copy && !withMeta) delete copy._meta;
  return copy;
}

// null takes a member away.
function changed(record, changes) {
  for (const [name, value] of Object.entries(structuredClone(changes))) {
    if (value === null) delete record[name];
    else record[name] = value;
  }
  return record;
}

export class Store {
  objects = new Map();
  streams = []; // activities, the oldest first
  contexts = new Map();
  queue = [];
  #number = 0;

  async setup() {}

  generateId() {
    return `${++this.#number}`;
  }

  async getObject(id, withMeta) {
    return shown(this.objects.get(id), withMeta);
  }

  async saveObject(object) {
    if (this.objects.has(object.id)) return false;
    this.objects.set(object.id, copied(object));
    return true;
  }

  async updateObject(object, _actor, replaces) {
    const known = this.objects.get(object.id);
    if (!known) return null;
    this.objects.set(object.id, replaces ? copied(object) : changed(known, object));
    const now = this.objects.get(object.id);
    for (const activity of this.streams) {
      activity.object = activity.object?.map((one) => (one?.id === object.id ? copied(now) : one));
    }
    return shown(now);
  }

  #activity(id) {
    return this.streams.find((one) => one.id === id);
  }

  async getActivity(id, withMeta) {
    return shown(this.#activity(id), withMeta);
  }

  async findActivityByCollectionAndObjectId(collection, id, withMeta) {
    return shown(this.#collected(collection).find((one) => one.object?.includes(id)), withMeta);
  }

  async findActivityByCollectionAndActorId(collection, id, withMeta) {
    return shown(this.#collected(collection).find((one) => one.actor?.includes(id)), withMeta);
  }

  #collected(collection) {
    return this.streams.filter((one) => one._meta?.collection?.includes(collection));
  }

  async saveActivity(activity) {
    if (this.#activity(activity.id)) return undefined;
    this.streams.push(copied(activity));
    return true;
  }

  async removeActivity({ id }, actor) {
    this.streams = this.streams.filter((one) => one.id !== id || !one.actor.includes(actor));
  }

  async updateActivity(activity, replaces) {
    const known = this.#activity(activity.id);
    if (!known) return activity;
    if (replaces) this.streams[this.streams.indexOf(known)] = copied(activity);
    else changed(known, activity);
    return copied(this.#activity(activity.id));
  }

  async updateActivityMeta({ id }, key, value, removes) {
    const known = this.#activity(id);
    if (!known) throw new Error("Error updating activity meta: not found");
    known._meta ??= {};
    const others = (known._meta[key] ?? []).filter((one) => one !== value);
    known._meta[key] = removes ? others : [...others, value];
    return copied(known);
  }

  async getStream(collection, limit, _after, blocked) {
    const found = this.#collected(collection).filter((one) => !one.actor.some((actor) => blocked?.includes(actor)));
    return found.reverse().slice(0, limit ?? undefined).map((one) => shown(one));
  }

  async getStreamCount(collection) {
    return this.#collected(collection).length;
  }

  async getUserCount() {
    return [...this.objects.values()].filter((one) => one._meta?.privateKey).length;
  }

  async getContext(documentUrl) {
    return copied(this.contexts.get(documentUrl));
  }

  async saveContext(context) {
    this.contexts.set(context.documentUrl, copied(context));
  }

  async deliveryEnqueue(actorId, body, addresses, signingKey) {
    this.queue.push(...[addresses].flat().map((address) => ({ address, actorId, signingKey, body, attempt: 0, after: new Date() })));
    return true;
  }

  async deliveryDequeue() {
    const due = this.queue.findIndex((one) => one.after <= new Date());
    if (due >= 0) return this.queue.splice(due, 1)[0];
    const next = this.queue.map((one) => one.after).sort((one, other) => one - other)[0];
    return next ? { waitUntil: next } : null;
  }

  async deliveryRequeue(delivery) {
    this.queue.push({ ...delivery, after: new Date(delivery.after.getTime() + 10 ** delivery.attempt), attempt: delivery.attempt + 1 });
    return true;
  }
}
