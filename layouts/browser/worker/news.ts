/** What every open tab is told, and what tabs tell. */
import { channelName, type News } from "../shared/message.ts";

/** The one channel of this worker. */
export const channel = new BroadcastChannel(channelName);

/** Tells every open tab. */
export function tell(news: News): void {
  channel.postMessage(news);
}
